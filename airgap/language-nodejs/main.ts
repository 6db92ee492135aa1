import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { serve } from "../plugin/serve.ts";
import { implementLanguageHost } from "./host.ts";

await serve((server, host) => {
  server.addService(languageGrpc.LanguageRuntimeService, implementLanguageHost(host));
});
