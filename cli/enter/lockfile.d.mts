interface PackageEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

interface LockFile {
  readonly packages: Readonly<Record<string, PackageEntry>>;
}

export function missingPackages(wanted: LockFile, installed: LockFile): string[];
