/**
 * Takes apart what the engine sends for the output of a container without a terminal: frames of an 8-byte header (stream
 * in the first byte, length in the last four) and their bytes.
 * @see https://docs.docker.com/reference/api/engine/#tag/Container/operation/ContainerAttach
 * @returns standard output alone, and all output in the order in which it came
 */
export function demultiplex(frames: Buffer): { stdout: string; output: string } {
  const all: Buffer[] = [];
  const stdout: Buffer[] = [];
  let offset = 0;
  while (offset + headerLength <= frames.length) {
    const isError = frames.readUInt8(offset) === 2;
    const length = frames.readUInt32BE(offset + 4);
    const start = offset + headerLength;
    const part = frames.subarray(start, start + length);
    all.push(part);
    if (!isError) stdout.push(part);
    offset = start + length;
  }
  return {
    stdout: Buffer.concat(stdout).toString("utf8"),
    output: Buffer.concat(all).toString("utf8"),
  };
}

const headerLength = 8;
