import { z } from "zod";
import { type BaseImageName, officialImages } from "../catalog/images.ts";

/** Whose program it is: the vendor's, or our own for machines that cannot reach the vendor. */
const kind = z.enum(["official", "fallback"]);
const program = z.strictObject({ kind, version: z.string(), path: z.string() });
const plugin = z.strictObject({ kind, version: z.string() });

const image = z.union([
  z.strictObject({
    kind,
    /** What a Dockerfile or a container names. */
    ref: z.string().min(1),
    version: z.string().min(1),
    imageId: z.string().optional(),
  }),
  /** Cannot be had here; the reason is a sentence for the report. */
  z.strictObject({ kind: z.literal("unavailable"), reason: z.string().min(1) }),
]);

const engine = z.strictObject({
  /** Address in the form of DOCKER_HOST. */
  host: z.string().min(1),
  /** Folder with ca.pem, cert.pem and key.pem, as in DOCKER_CERT_PATH, for an engine behind TLS. */
  certPath: z.string().optional(),
  version: z.string(),
  /** Two numbers with a point between them. */
  apiVersion: z.string().regex(/^\d+\.\d+$/),
  os: z.string(),
  /** As in an image's platform: amd64, arm64. */
  arch: z.string(),
  cgroupVersion: z.union([z.literal(1), z.literal(2)]),
  /** False where the kernel cannot limit swap: `memorySwap` is then −1. */
  swapLimit: z.boolean(),
  /** Memory that the engine can use; null when it was never asked. */
  memoryBytes: z.int().positive().nullable(),
  /** Cores that the engine can use; null as above. */
  cpus: z.int().positive().nullable(),
  storageDriver: z.string(),
});

const toolchain = z.strictObject({
  node: program,
  cli: program,
  languageHost: program,
  plugins: z.strictObject({ docker: plugin, random: plugin }),
});

const machineFacts = z.strictObject({
  schemaVersion: z.literal(1),
  /** When set-up last asked the official sources, ISO 8601; null in the default facts. */
  checkedAt: z.iso.datetime().nullable(),
  engine,
  /** Absent until set-up has run. */
  toolchain: toolchain.optional(),
  images: z.strictObject({
    node: image,
    redis: image,
    prometheus: image,
    grafana: image,
    haproxy: image,
  } satisfies Record<BaseImageName, typeof image>),
});

/** What set-up found out about the machine and put on it. */
export type MachineFacts = z.infer<typeof machineFacts>;
export type EngineFacts = z.infer<typeof engine>;
export type ToolchainFacts = z.infer<typeof toolchain>;
export type ImageFacts = z.infer<typeof image>;
export type ProgramKind = z.infer<typeof kind>;

/**
 * Parses the content of the machine facts file.
 *
 * @throws Error that lists every problem and says that `npm run setup` writes the file anew
 */
export function parseMachineFacts(value: unknown): MachineFacts {
  const result = machineFacts.safeParse(value);
  if (result.success) return result.data;
  throw new Error(
    `The machine facts are not valid; \`npm run setup\` writes them anew.\n${z.prettifyError(result.error)}`,
  );
}

/** What holds where set-up never ran, say in a pipeline with its own Pulumi: official images, an engine with swap limit. */
export function defaultMachineFacts(): MachineFacts {
  const official = (name: BaseImageName): ImageFacts => ({
    kind: "official",
    ref: officialImages[name].ref,
    version: officialImages[name].version,
  });
  return {
    schemaVersion: 1,
    checkedAt: null,
    engine: {
      host: "unix:///var/run/docker.sock",
      version: "unknown",
      // The oldest one that every part of the deployment works with.
      apiVersion: "1.41",
      os: "linux",
      arch: process.arch === "arm64" ? "arm64" : "amd64",
      cgroupVersion: 2,
      swapLimit: true,
      memoryBytes: null,
      cpus: null,
      storageDriver: "overlay2",
    },
    images: {
      node: official("node"),
      redis: official("redis"),
      prometheus: official("prometheus"),
      grafana: official("grafana"),
      haproxy: official("haproxy"),
    },
  };
}
