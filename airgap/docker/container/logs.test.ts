import { expect, test } from "vitest";
import { demultiplex } from "./logs.ts";

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

test.each<[string, Buffer, string]>([
  ["both streams", Buffer.concat([frame(1, "out\n"), frame(2, "err\n")]), "out\nerr\n"],
  [
    "text of a terminal",
    Buffer.from("plain text, longer than a header\n"),
    "plain text, longer than a header\n",
  ],
  ["a short text of a terminal", Buffer.from("123"), "123"],
  [
    "a frame that was cut off",
    Buffer.concat([frame(1, "whole\n"), frame(1, "cut off").subarray(0, 11)]),
    "whole\ncut",
  ],
  ["letters of several bytes", frame(1, "überall\n"), "überall\n"],
  ["nothing", Buffer.alloc(0), ""],
])("takes apart %s", (_name, bytes, text) => {
  expect(demultiplex(bytes)).toBe(text);
});
