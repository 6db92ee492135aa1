import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  noteEngineOfStack,
  noteStackDown,
  readEngineOfStack,
  requireSameEngine,
  requireSameEngineBeforeSetUp,
} from "./engine-of-stack.ts";

let home: string;
const servers: Server[] = [];

beforeEach(() => (home = mkdtempSync(join(tmpdir(), "astratrade-home-"))));
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(home, { recursive: true });
});

/** What an engine says of itself beside its id, so that it is found. */
const version = { Version: "29.0.1", ApiVersion: "1.52", Os: "linux", Arch: "arm64" };
const info = { CgroupVersion: "2", SwapLimit: true, MemTotal: 1, NCPU: 1, Driver: "overlayfs" };

/** Something that answers `info` with an id. */
async function engineCalled(id: string): Promise<{ host: string }> {
  const path = join(home, `${id}.sock`);
  const server = createServer((_request, response) => {
    response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ ID: id, ...version, ...info }));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  servers.push(server);
  return { host: `unix://${path}` };
}

test("a stack that was never deployed goes anywhere, and afterwards to the same engine only", async () => {
  const [here, there] = [await engineCalled("here"), await engineCalled("there")];
  await requireSameEngine({ home }, "prod", here);
  await noteEngineOfStack({ home }, "prod", there);
  await requireSameEngine({ home }, "prod", there);
  await requireSameEngine({ home }, "dev", here);
  const refusal = requireSameEngine({ home }, "prod", here);
  await expect(refusal).rejects.toMatchObject({ name: "UserError", exitCode: 3 });
  await expect(refusal).rejects.toThrow(
    `Stack "prod" was last deployed to the engine at ${there.host}; this is another one, at ${here.host}. Nothing was changed.\n` +
      `To work with it there: \`DOCKER_HOST=${there.host} npm run setup -- --stack prod\`, and keep the variables set.\n` +
      "To deploy it here: take it down there first.",
  );
});

test("a stack that was taken down may move, and it is said where its data is", async () => {
  const [here, there] = [await engineCalled("here"), await engineCalled("there")];
  await noteEngineOfStack({ home }, "prod", there);
  noteStackDown({ home }, "prod", "kept");
  const notices: string[] = [];
  await requireSameEngine({ home }, "prod", here, (text) => notices.push(text));
  expect(notices).toEqual([
    `Stack prod was taken down on the engine at ${there.host}, and its data is there; on the engine at ${here.host} it begins without.`,
  ]);
  noteStackDown({ home }, "prod", "deleted");
  expect(readEngineOfStack({ home }, "prod")).toBe(null);
});

test("names what Docker's client needs for an engine behind TLS", async () => {
  mkdirSync(join(home, "engines"));
  writeFileSync(
    join(home, "engines/prod.json"),
    JSON.stringify({
      ...{ schemaVersion: 1, engineId: "there", host: "tcp://10.0.0.7:2376" },
      ...{ certPath: "/certs", isDown: false },
    }),
  );
  await expect(requireSameEngine({ home }, "prod", await engineCalled("here"))).rejects.toThrow(
    "`DOCKER_HOST=tcp://10.0.0.7:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=/certs npm run setup -- --stack prod`",
  );
});

test("what reaches an engine is noted, with its certificates", async () => {
  const { host } = await engineCalled("there");
  await noteEngineOfStack({ home }, "prod", { host, certPath: "/certs" });
  expect(readEngineOfStack({ home }, "prod")).toEqual({
    ...{ schemaVersion: 1, engineId: "there", host, certPath: "/certs", isDown: false },
  });
});

test("another engine at the same address is said to be that", async () => {
  const there = await engineCalled("there");
  await noteEngineOfStack({ home }, "prod", there);
  const file = join(home, "engines/prod.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"there"', '"before"'));
  await expect(requireSameEngine({ home }, "prod", there)).rejects.toThrow(
    `The engine at ${there.host} is not the one that stack "prod" was last deployed to, though its address is the same. Nothing was changed.`,
  );
});

test("for an engine behind ssh a Docker context will do too", async () => {
  mkdirSync(join(home, "engines"));
  const note = { schemaVersion: 1, engineId: "there", host: "ssh://prod", isDown: false };
  writeFileSync(join(home, "engines/prod.json"), JSON.stringify(note));
  await expect(requireSameEngine({ home }, "prod", await engineCalled("here"))).rejects.toThrow(
    "and keep the variables set, or use a Docker context.\n",
  );
});

test("an engine that does not answer is not taken for another one", async () => {
  await noteEngineOfStack({ home }, "prod", await engineCalled("there"));
  const host = `unix://${home}/none.sock`;
  await expect(requireSameEngine({ home }, "prod", { host })).rejects.toMatchObject({
    name: "UserError",
    exitCode: 3,
    message: expect.stringContaining(`The Docker engine at ${host} does not answer (`) as string,
  });
});

test("before set-up the engine that it is going to take is looked at, where there is one", async () => {
  const [here, there] = [await engineCalled("here"), await engineCalled("there")];
  await noteEngineOfStack({ home }, "prod", there);
  const setUp = (stack: string, host: string) =>
    requireSameEngineBeforeSetUp({ home }, stack, { env: { DOCKER_HOST: host }, userHome: home });
  await expect(setUp("prod", here.host)).rejects.toMatchObject({ exitCode: 3 });
  await setUp("prod", there.host);
  await setUp("prod", `unix://${home}/none.sock`);
  await setUp("dev", here.host);
});

test("a stack that was never deployed is not taken down anywhere", () => {
  noteStackDown({ home }, "prod", "kept");
  expect(existsSync(join(home, "engines"))).toBe(false);
});

test("a note that is damaged is not taken for none", async () => {
  mkdirSync(join(home, "engines"));
  writeFileSync(join(home, "engines/prod.json"), "{");
  await expect(requireSameEngine({ home }, "prod", await engineCalled("here"))).rejects.toThrow(
    `${join(home, "engines/prod.json")} does not say any more on which engine stack "prod" is.`,
  );
});
