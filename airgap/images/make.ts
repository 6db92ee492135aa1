import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import type { EngineAddress } from "./engine-images.ts";
import { makeImage, type MakeOptions, StepError } from "./make-image.ts";
import { imageNames, type ImageName } from "./recipe.ts";

const help = `Makes a base image from Debian packages, for machines that reach no image registry.

  node --import tsx airgap/images/make.ts --image <name> [--image <name>] [options]

  --image <name>         ${imageNames.join(", ")}
  --node-binary <path>   the Node that the image "node" carries (the one of the npm package)
  --engine-host <host>   as in DOCKER_HOST; default: DOCKER_HOST, else unix:///var/run/docker.sock
  --cert-path <folder>   with ca.pem, cert.pem and key.pem, for an engine behind TLS; default: as Docker's client takes it
                         from DOCKER_TLS_VERIFY and DOCKER_CERT_PATH
  --work-dir <folder>    for temporary files, about 500 MB; default: the system's temporary folder
  --rebuild              make it anew although it is there, to have newer packages

An image that was made by the same recipe is used again. Needs mmdebstrap and, for most kernels, root.
Prints one line of JSON for each image: {"name", "kind", "ref", "version", "imageId", "changed"}.
`;

function readOptions(): (MakeOptions & { names: readonly ImageName[] }) | string {
  const { values } = parseArgs({
    options: {
      image: { type: "string", multiple: true, default: [] },
      "node-binary": { type: "string" },
      "engine-host": { type: "string" },
      "cert-path": { type: "string" },
      "work-dir": { type: "string", default: tmpdir() },
      rebuild: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "";
  const names = imageNames.filter((known) => values.image.includes(known));
  const unknown = values.image.find((wanted) => !imageNames.some((known) => known === wanted));
  if (unknown !== undefined || names.length === 0) {
    return `--image is "${unknown ?? ""}"; it must be one of ${imageNames.join(", ")}.`;
  }
  const nodeBinary = values["node-binary"];
  if (names.includes("node") && nodeBinary === undefined) {
    return "--image node needs --node-binary <path>.";
  }
  return {
    names,
    nodeBinary,
    engine: engineAddress(values["engine-host"], values["cert-path"]),
    workDir: values["work-dir"],
    rebuild: values.rebuild,
    report: (line) => process.stderr.write(`${line}\n`),
  };
}

/** The variables belong together: certificates are those of the engine that DOCKER_HOST names. */
function engineAddress(host: string | undefined, certPath: string | undefined): EngineAddress {
  const { DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH } = process.env;
  if (host !== undefined) return { host, certPath };
  return {
    host: DOCKER_HOST || "unix:///var/run/docker.sock",
    certPath: certPath ?? (DOCKER_TLS_VERIFY ? DOCKER_CERT_PATH : undefined),
  };
}

async function main(): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions();
  } catch (error) {
    options = (error as Error).message;
  }
  if (options === "") {
    process.stdout.write(help);
    return 0;
  }
  if (typeof options === "string") {
    process.stderr.write(`${options}\n\n${help}`);
    return 2;
  }
  // One that fails does not keep the others from being made.
  let exitCode = 0;
  for (const name of options.names) {
    try {
      const { ref, version, imageId, changed } = await makeImage(name, options);
      const result = { name, kind: "fallback", ref, version, imageId, changed };
      process.stdout.write(`${JSON.stringify(result)}\n`);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      process.stderr.write(`Image ${name}: ${error.message}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}

process.exitCode = await main();
