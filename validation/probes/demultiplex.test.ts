import { expect, it } from "vitest";
import { demultiplex } from "./demultiplex.ts";

function frame(stream: number, text: string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

it("keeps the order, tells standard output apart, and puts together where a character is cut in two", () => {
  const euro = Buffer.from("€");
  const cut = (part: Buffer): Buffer => {
    const header = Buffer.alloc(8);
    header.writeUInt8(1, 0);
    header.writeUInt32BE(part.length, 4);
    return Buffer.concat([header, part]);
  };
  const frames = Buffer.concat([
    frame(1, "one "),
    frame(2, "bad"),
    cut(euro.subarray(0, 1)),
    cut(euro.subarray(1)),
  ]);
  expect(demultiplex(frames)).toEqual({ stdout: "one €", output: "one bad€" });
});

it("keeps what there is of a frame that was cut off", () => {
  expect(demultiplex(frame(1, "hello").subarray(0, 11))).toEqual({ stdout: "hel", output: "hel" });
  expect(demultiplex(frame(1, "hello").subarray(0, 5))).toEqual({ stdout: "", output: "" });
});
