import { z } from "zod";

/** The parts of the engine's answers that findings are made from. Engines leave out what they do not know. */

export const versionAnswer = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  Os: z.string(),
  Arch: z.string(),
});

export const infoAnswer = z.object({
  Name: z.string().default(""),
  KernelVersion: z.string().default(""),
  OperatingSystem: z.string().default(""),
  // Engines before 20.10 know version 1 only and do not say so.
  CgroupVersion: z.string().default("1"),
  MemTotal: z.number(),
  NCPU: z.number(),
  MemoryLimit: z.boolean().default(true),
  SwapLimit: z.boolean().default(true),
  CpuCfsQuota: z.boolean().default(true),
  IPv4Forwarding: z.boolean().default(true),
  Driver: z.string(),
  DriverStatus: z.array(z.array(z.string())).nullish(),
  DockerRootDir: z.string().default("/var/lib/docker"),
  SecurityOptions: z.array(z.string()).nullish(),
  LiveRestoreEnabled: z.boolean().default(false),
  DefaultAddressPools: z.array(z.object({ Base: z.string(), Size: z.number() })).nullish(),
  SystemTime: z.iso.datetime({ offset: true }).optional(),
});

const labels = z.record(z.string(), z.string()).nullish();

export const containersAnswer = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    State: z.string(),
    Labels: labels,
    Ports: z
      .array(
        z.object({
          IP: z.string().default(""),
          PublicPort: z.number().optional(),
          Type: z.string().default("tcp"),
        }),
      )
      .nullish(),
    Mounts: z
      .array(z.object({ Type: z.string(), Name: z.string().default(""), RW: z.boolean() }))
      .nullish(),
  }),
);

export const inspectAnswer = z.object({ HostConfig: z.object({ Memory: z.number().default(0) }) });

export const statsAnswer = z.object({
  memory_stats: z.object({
    usage: z.number(),
    stats: z.record(z.string(), z.number()).default({}),
  }),
});

export const networksAnswer = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    Labels: labels,
    IPAM: z
      .object({ Config: z.array(z.object({ Subnet: z.string().optional() })).nullish() })
      .nullish(),
  }),
);

export const volumesAnswer = z.object({
  Volumes: z.array(z.object({ Name: z.string(), Labels: labels })).nullish(),
});

export const imagesAnswer = z.array(
  z.object({
    Id: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    RepoDigests: z.array(z.string()).nullish(),
  }),
);
