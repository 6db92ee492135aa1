import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { readEngineOutput } from "./build-output.ts";

/** The events as the engine sends them, in chunks that end where they please. */
function answer(events: readonly object[], chunkSize = 7): Readable {
  const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\r\n`).join(""));
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize)
    chunks.push(bytes.subarray(at, at + chunkSize));
  return Readable.from(chunks);
}

async function read(events: readonly object[]) {
  const status: string[] = [];
  const output = await readEngineOutput(answer(events), (line) => status.push(line));
  return { ...output, status };
}

describe("readEngineOutput", () => {
  it("finds the id of the image and shows progress", async () => {
    const output = await read([
      { stream: "Step 1/2 : FROM scratch" },
      { stream: "\n" },
      { stream: "Step 2/2 : COPY ä /\n" },
      { aux: { ID: "sha256:12" } },
      { stream: "Successfully built 12\n" },
    ]);
    expect(output).toMatchObject({ imageId: "sha256:12", error: undefined, failedStep: [] });
    expect(output.status[0]).toBe("Step 1/2 : FROM scratch");
  });

  it("keeps what the failing step printed, without colours, its own line first", async () => {
    const output = await read([
      { stream: "Step 1/3 : FROM base\n" },
      { stream: " ---> 1234\n" },
      { stream: "Step 2/3 : RUN make" },
      { stream: "\n" },
      { stream: " ---> Running in 1234\n" },
      { stream: "\u001b[91mno rule\n\u001b[0m" },
      { stream: "half a line" },
      { errorDetail: { code: 2, message: "make returned 2" }, error: "make returned 2" },
    ]);
    expect(output).toMatchObject({
      imageId: undefined,
      error: "make returned 2",
      failedStep: ["Step 2/3 : RUN make", "no rule", "half a line"],
    });
  });

  it("keeps the last lines of a step that prints a lot", async () => {
    const printed = Array.from({ length: 500 }, (_, line) => ({ stream: `line ${line}\n` }));
    const output = await read([{ stream: "Step 1/1 : RUN x\n" }, ...printed, { error: "no" }]);
    expect(output.failedStep).toHaveLength(30);
    expect(output.failedStep[0]).toBe("Step 1/1 : RUN x");
    expect(output.failedStep.at(-1)).toBe("line 499");
    // 500 lines within a few milliseconds are not 500 messages.
    expect(output.status.length).toBeLessThan(20);
  });

  it("reads the progress of a push", async () => {
    const output = await read([{ id: "ab12", status: "Pushing", progress: "[=>  ] 1kB/2kB" }]);
    expect(output.status).toEqual(["ab12 Pushing [=>  ] 1kB/2kB"]);
  });

  it("throws when the connection breaks", async () => {
    const broken = Readable.from(
      (async function* () {
        yield '{"stream":"Step 1/1"}\n';
        await Promise.reject(new Error("socket hang up"));
      })(),
    );
    await expect(readEngineOutput(broken, () => undefined)).rejects.toThrow("socket hang up");
  });
});
