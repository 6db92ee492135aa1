import { prefixed } from "../drift-item.ts";
import { property, setText, type Facet } from "../subject.ts";

/** What the container may do to the kernel and to the machine's devices. */
export const securityFacets: readonly Facet[] = [
  property(
    "capabilities.add",
    ({ inputs }) => capabilities(inputs.capabilities?.adds ?? []),
    ({ HostConfig }) => capabilities(HostConfig.CapAdd),
  ),
  property(
    "capabilities.drop",
    ({ inputs }) => capabilities(inputs.capabilities?.drops ?? []),
    ({ HostConfig }) => capabilities(HostConfig.CapDrop),
  ),
  property(
    "securityOpts",
    ({ inputs }) => setText((inputs.securityOpts ?? []).map(securityOpt)),
    ({ HostConfig }) => setText(HostConfig.SecurityOpt.map(securityOpt)),
  ),
  property(
    "privileged",
    ({ inputs }) => String(inputs.privileged ?? false),
    ({ HostConfig }) => String(HostConfig.Privileged),
  ),
  property(
    "readOnly",
    ({ inputs }) => String(inputs.readOnly ?? false),
    ({ HostConfig }) => String(HostConfig.ReadonlyRootfs),
  ),
  property(
    "usernsMode",
    ({ inputs }) => inputs.usernsMode || "none",
    ({ HostConfig }) => HostConfig.UsernsMode || "none",
  ),
  property(
    "pidMode",
    ({ inputs }) => inputs.pidMode || "own",
    ({ HostConfig }) => HostConfig.PidMode || "own",
  ),
  property(
    "utsMode",
    () => "own",
    ({ HostConfig }) => HostConfig.UTSMode || "own",
  ),
  property(
    "ipcMode",
    // The engine's own default where the program has none.
    ({ inputs, outputs }, { live }) => inputs.ipcMode || outputs.ipcMode || live.HostConfig.IpcMode,
    ({ HostConfig }) => HostConfig.IpcMode,
  ),
  property(
    "runtime",
    ({ inputs, outputs }, { live }) => inputs.runtime || outputs.runtime || live.HostConfig.Runtime,
    ({ HostConfig }) => HostConfig.Runtime,
  ),
  property(
    "devices",
    ({ inputs }) =>
      setText(
        inputs.devices.map(
          ({ hostPath, containerPath, permissions }) =>
            `${hostPath}:${containerPath || hostPath}:${permissions || "rwm"}`,
        ),
      ),
    ({ HostConfig }) =>
      setText(
        HostConfig.Devices.map(
          ({ PathOnHost, PathInContainer, CgroupPermissions }) =>
            `${PathOnHost}:${PathInContainer}:${CgroupPermissions}`,
        ),
      ),
  ),
  property(
    "deviceRequests",
    () => "none",
    ({ HostConfig }) => setText(HostConfig.DeviceRequests.map((it) => JSON.stringify(it))),
  ),
  property(
    "deviceCgroupRules",
    () => "none",
    ({ HostConfig }) => setText(HostConfig.DeviceCgroupRules),
  ),
  {
    expected: ({ deployed }) => prefixed("sysctl.", deployed.inputs.sysctls ?? {}),
    actual: ({ live }) => prefixed("sysctl.", live.HostConfig.Sysctls),
  },
];

/** `NET_ADMIN`, `CAP_NET_ADMIN` and `cap_net_admin` are one capability. */
function capabilities(names: readonly string[]): string {
  return setText(names.map((name) => name.toUpperCase().replace(/^CAP_/, "")));
}

/** Docker takes a colon or an equals sign, and no value for `true`. */
function securityOpt(text: string): string {
  const canonical = text.replace(/^([\w-]+)=/, "$1:");
  return canonical === "no-new-privileges" ? "no-new-privileges:true" : canonical;
}
