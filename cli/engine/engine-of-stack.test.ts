import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  noteEngineOfStack,
  noteStackDown,
  readEngineOfStack,
  requireSameEngine,
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

/** Something that answers `info` with an id. */
async function engineCalled(id: string): Promise<{ host: string }> {
  const path = join(home, `${id}.sock`);
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify({ ID: id }));
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

test("a note that is damaged is not taken for none", async () => {
  mkdirSync(join(home, "engines"));
  writeFileSync(join(home, "engines/prod.json"), "{");
  await expect(requireSameEngine({ home }, "prod", await engineCalled("here"))).rejects.toThrow(
    `${join(home, "engines/prod.json")} does not say any more on which engine stack "prod" is.`,
  );
});
