import { bytesText, imageConfig, type Facet, type Subject } from "../subject.ts";
import type { Facts } from "../drift-item.ts";

/** What is mounted into the container, by the path in it. */
export const mountFacets: readonly Facet[] = [{ expected: wantedMounts, actual: liveMounts }];

/** Where neither program nor person has given a volume, the engine makes one with a name of 64 digits. */
const anonymousName = /^[0-9a-f]{64}$/;

function wantedMounts(subject: Subject): Facts {
  const { volumes, mounts, tmpfs } = subject.deployed.inputs;
  const facts: Record<string, string> = {};
  for (const path of imageConfig(subject)?.Volumes ?? []) facts[key(path)] = volumeText("", true);
  for (const [path, options] of Object.entries(tmpfs ?? {})) facts[key(path)] = tmpfsText(options);
  for (const { containerPath, volumeName, hostPath, readOnly } of volumes) {
    if (!containerPath) continue;
    const writable = !(readOnly ?? false);
    facts[key(containerPath)] = hostPath
      ? hostText(hostPath, writable)
      : volumeText(volumeName ?? "", writable);
  }
  for (const { target, type, source, readOnly, tmpfsOptions } of mounts) {
    const writable = !(readOnly ?? false);
    if (type === "tmpfs") {
      facts[key(target)] = sizedTmpfs(tmpfsOptions?.sizeBytes ?? 0, tmpfsOptions?.mode ?? 0);
    } else {
      facts[key(target)] = (type === "bind" ? hostText : volumeText)(source ?? "", writable);
    }
  }
  return facts;
}

function liveMounts({ live }: Subject): Facts {
  const facts: Record<string, string> = {};
  // The engine lists these with the options only.
  for (const [path, options] of Object.entries(live.HostConfig.Tmpfs)) {
    facts[key(path)] = tmpfsText(options);
  }
  for (const { Type, Name, Source, Destination, RW } of live.Mounts) {
    if (Type === "tmpfs") {
      const asked = live.HostConfig.Mounts.find(({ Target }) => key(Target) === key(Destination));
      const { SizeBytes = 0, Mode = 0 } = asked?.TmpfsOptions ?? {};
      facts[key(Destination)] ??= sizedTmpfs(SizeBytes, Mode);
    } else if (Type === "volume") {
      facts[key(Destination)] = volumeText(anonymousName.test(Name) ? "" : Name, RW);
    } else {
      facts[key(Destination)] = hostText(Source, RW);
    }
  }
  return facts;
}

function key(path: string): string {
  return `mount ${path.length > 1 ? path.replace(/\/+$/, "") : path}`;
}

function volumeText(name: string, writable: boolean): string {
  return `${name === "" ? "a volume without a name" : `volume ${name}`}, ${access(writable)}`;
}

function hostText(path: string, writable: boolean): string {
  return `host's ${path}, ${access(writable)}`;
}

function tmpfsText(options: string): string {
  return options === "" ? "in memory" : `in memory, ${options}`;
}

function sizedTmpfs(sizeBytes: number, mode: number): string {
  const size = sizeBytes === 0 ? [] : [bytesText(sizeBytes)];
  return tmpfsText([...size, ...(mode === 0 ? [] : [`mode ${octal(mode)}`])].join(", "));
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}

function access(writable: boolean): string {
  return writable ? "read and write" : "read only";
}
