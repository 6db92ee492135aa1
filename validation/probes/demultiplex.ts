/**
 * Takes apart what the engine sends for the output of a container without a terminal: frames of an 8-byte header (stream
 * in the first byte, length in the last four) and their bytes.
 * @see https://docs.docker.com/reference/api/engine/#tag/Container/operation/ContainerAttach
 */
export function demultiplex(frames: Buffer): { stdout: string; stderr: string } {
  const parts: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  let offset = 0;
  while (offset + headerLength <= frames.length) {
    const stream = frames.readUInt8(offset) === 2 ? "stderr" : "stdout";
    const length = frames.readUInt32BE(offset + 4);
    const start = offset + headerLength;
    parts[stream].push(frames.subarray(start, start + length));
    offset = start + length;
  }
  return {
    stdout: Buffer.concat(parts.stdout).toString("utf8"),
    stderr: Buffer.concat(parts.stderr).toString("utf8"),
  };
}

const headerLength = 8;
