import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPlugin } from "./testing/plugin-process.ts";
import type { PluginProcess } from "./testing/plugin-process.ts";
import { UNKNOWN, fromStruct, toStruct } from "./values.ts";
import type { Properties } from "./values.ts";

const TOY = fileURLToPath(new URL("./testing/toy-provider.ts", import.meta.url));
const URN = "urn:pulumi:dev::shop::my:component:Parent$toy:index:Toy::a::b";

type Callback<Response> = (error: grpc.ServiceError | null, response: Response) => void;

/** Makes a promise of a call. */
function ask<Response>(start: (callback: Callback<Response>) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    start((error, response) => (error === null ? resolve(response) : reject(error)));
  });
}

let plugin: PluginProcess;
beforeAll(async () => {
  plugin = await startPlugin(TOY);
});
afterAll(async () => {
  await plugin.stop();
});

const create = (inputs: Properties, preview = false, target = plugin) =>
  ask<messages.CreateResponse>((callback) =>
    target.client.create(
      new messages.CreateRequest()
        .setUrn(URN)
        .setProperties(toStruct(inputs))
        .setPreview(preview)
        .setTimeout(90),
      callback,
    ),
  );

describe("a provider", () => {
  test("reports its version", async () => {
    const info = await ask<{ getVersion(): string }>((callback) =>
      plugin.client.getPluginInfo(new empty.Empty(), callback),
    );
    expect(info.getVersion()).toBe("1.2.3");
  });

  test("says at configuration that it is the fallback, and accepts no secrets", async () => {
    const request = new messages.ConfigureRequest().setArgs(toStruct({ host: "unix:///x" }));
    const response = await ask<messages.ConfigureResponse>((callback) =>
      plugin.client.configure(request, callback),
    );
    expect(response.toObject()).toEqual({
      acceptsecrets: false,
      supportspreview: true,
      acceptresources: false,
      acceptoutputs: false,
      supportsAutonamingConfiguration: true,
    });
    // What a process writes and what it answers come by two ways, in no order.
    await expect
      .poll(() => plugin.stderr(), { timeout: 5000 })
      .toSatisfy((text: string) =>
        ["toy 1.2.3: this is the fallback provider", 'configured with {"host":"unix:///x"}'].every(
          (said) => text.includes(said),
        ),
      );
  });

  test("finds the type and the name in the urn", async () => {
    const request = new messages.CheckRequest().setUrn(URN).setNews(toStruct({ wrong: true }));
    const response = await ask<messages.CheckResponse>((callback) =>
      plugin.client.check(request, callback),
    );
    expect(fromStruct(response.getInputs())).toEqual({
      wrong: true,
      checkedAs: "toy:index:Toy a::b",
    });
    expect(response.toObject().failuresList).toEqual([{ property: "wrong", reason: "is wrong" }]);
  });

  test("writes a detailed diff", async () => {
    const request = new messages.DiffRequest()
      .setUrn(URN)
      .setOldInputs(toStruct({ size: 1 }))
      .setNews(toStruct({ size: 2 }));
    const response = await ask<messages.DiffResponse>((callback) =>
      plugin.client.diff(request, callback),
    );
    expect(response.toObject()).toMatchObject({
      changes: messages.DiffResponse.DiffChanges.DIFF_SOME,
      replacesList: ["size"],
      deletebeforereplace: true,
      hasdetaileddiff: true,
      detaileddiffMap: [["size", { kind: messages.PropertyDiff.Kind.UPDATE_REPLACE }]],
    });
  });

  test("creates for real and in a preview", async () => {
    const made = await create({ size: 1 });
    expect(made.getId()).toBe("toy-1");
    expect(fromStruct(made.getProperties())).toEqual({ made: "yes", timeoutMs: 90_000 });
    const previewed = await create({ size: 1 }, true);
    expect(previewed.getId()).toBe("");
    expect(fromStruct(previewed.getProperties())).toEqual({ size: 1, made: UNKNOWN });
  });

  test("answers an empty id for an object that is gone", async () => {
    const request = new messages.ReadRequest().setUrn(URN).setId("gone");
    const response = await ask<messages.ReadResponse>((callback) =>
      plugin.client.read(request, callback),
    );
    expect(response.toObject()).toEqual({
      id: "",
      properties: undefined,
      inputs: undefined,
      refreshBeforeUpdate: false,
    });
  });

  test.each([
    ["refused", grpc.status.FAILED_PRECONDITION, "the toy was refused"],
    ["lost", grpc.status.UNKNOWN, "the connection broke"],
    ["half-made", grpc.status.INTERNAL, "no arms\nno legs"],
  ])("turns the failure of a %s toy into a status", async (fate, code, details) => {
    await expect(create({ fate })).rejects.toMatchObject({ code, details });
  });

  test("keeps a half-made object for the state", async () => {
    const inputs = { fate: "half-made", content: "x".repeat(12_000) };
    const error = await create(inputs).then(
      () => undefined,
      (failure: unknown) => failure as grpc.ServiceError,
    );
    const [bytes] = error?.metadata.get("grpc-status-details-bin") ?? [];
    const detail = status.Status.deserializeBinary(bytes as Buffer).getDetailsList()[0];
    expect(detail?.getTypeUrl()).toBe("type.googleapis.com/pulumirpc.ErrorResourceInitFailed");
    const half = messages.ErrorResourceInitFailed.deserializeBinary(
      detail?.getValue_asU8() ?? new Uint8Array(),
    );
    expect(half.getId()).toBe("toy-1");
    expect(half.getReasonsList()).toEqual(["no arms", "no legs"]);
    expect(fromStruct(half.getProperties())).toEqual({ ...inputs, made: "half" });
    expect(fromStruct(half.getInputs())).toEqual(inputs);
  });

  test("names the types it has when asked for another", async () => {
    const request = new messages.CheckRequest().setUrn("urn:pulumi:dev::shop::toy:index:Car::c");
    const call = ask<messages.CheckResponse>((callback) => plugin.client.check(request, callback));
    await expect(call).rejects.toMatchObject({
      details:
        "the fallback toy provider has no resource type toy:index:Car, only toy:index:Toy; " +
        "for c install the official plugin toy v1.2.3",
    });
  });

  test("leaves functions and parameters unimplemented", async () => {
    const invoke = ask((callback) =>
      plugin.client.invoke(new messages.InvokeRequest().setTok("toy:index:get"), callback),
    );
    await expect(invoke).rejects.toMatchObject({ code: grpc.status.UNIMPLEMENTED });
    const parameterize = ask((callback) =>
      plugin.client.parameterize(new messages.ParameterizeRequest(), callback),
    );
    await expect(parameterize).rejects.toMatchObject({ code: grpc.status.UNIMPLEMENTED });
  });
});

describe("a provider process", () => {
  test("gives up open work on Cancel, answers still, and exits 0 on SIGINT", async () => {
    const own = await startPlugin(TOY);
    const slow = create({ fate: "slow" }, false, own).then(
      () => undefined,
      (error: unknown) => error,
    );
    // The call is known to be open once its log line is there.
    await expect.poll(() => own.stderr()).toContain("waiting");
    await ask((callback) => own.client.cancel(new empty.Empty(), callback));
    expect(await slow).toMatchObject({ details: "cancelled: the run was cancelled" });
    expect(await own.stop()).toBe(0);
  });

  test("ends within its grace time when a call does not give up", async () => {
    const own = await startPlugin(TOY);
    const stubborn = create({ fate: "stubborn" }, false, own).catch(() => undefined);
    await expect.poll(() => own.stderr()).toContain("waiting");
    expect(await own.stop()).toBe(0);
    await stubborn;
  });
});
