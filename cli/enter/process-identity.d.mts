export function startOfProcess(pid: number): string | undefined;
