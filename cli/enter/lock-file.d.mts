export function createLockFile(file: string, text: string): boolean;
export function takeOverLockFile(
  file: string,
  expected: string,
  text: string,
  isGone: (text: string) => boolean,
): boolean;
export function replaceLockFile(file: string, text: string): void;
export function readLockFile(file: string): string | undefined;
