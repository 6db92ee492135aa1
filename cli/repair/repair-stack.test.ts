import { createServer, type Server } from "node:http";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { labels } from "../../catalog/labels.ts";
import { defaultMachineFacts } from "../../topology/machine-facts.ts";
import { resolvePaths } from "../paths.ts";
import { repairStack } from "./repair-stack.ts";

const ofDev = { [labels.project]: "astratrade", [labels.stack]: "dev" };
const containerType = "docker:index/container:Container";
const networkType = "docker:index/network:Network";
const urn = (type: string, name: string) => `urn:pulumi:dev::astratrade::${type}::${name}`;
const resource = (type: string, name: string, id = "") => ({ urn: urn(type, name), type, id });
const program = resource("pulumi:pulumi:Stack", "astratrade-dev");

function container(id: string, name: string, change: object = {}) {
  const made = { Created: 1, Image: "redis:7", ImageID: "sha256:01", Ports: [], Labels: ofDev };
  return { Id: id, Names: [`/${name}`], State: "running", ...made, ...change };
}

function network(id: string, name: string, endpoints: Readonly<Record<string, string>> = {}) {
  const Containers = Object.fromEntries(
    Object.entries(endpoints).map(([of, it]) => [of, { Name: it }]),
  );
  const form = { Driver: "bridge", Internal: false, Options: {}, IPAM: { Config: [] } };
  return { Id: id, Name: name, Labels: ofDev, Containers, ...form };
}

let folder: string;
let server: Server;
/** What the fake engine has, whose containers it does not start, and what it was asked to change. */
let containers: ReturnType<typeof container>[];
let networks: ReturnType<typeof network>[];
let unstartable: readonly string[];
let changes: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-repair-"));
  [containers, networks, unstartable, changes] = [[], [], [], []];
  server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    const [status, body] = answer(method, new URL(url, "http://engine"));
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "docker.sock"), resolve));
  // It answers with the state in a file, and takes another one; a preview's events are in a file too.
  const script = `#!/bin/sh
echo "$*" >> '${folder}/called'
case "$*" in
  "stack export"*) cat '${folder}/state' ;;
  "stack import"*) cp "$6" '${folder}/state' ;;
  preview*) cat '${folder}/events' ;;
esac
`;
  writeFileSync(join(folder, "pulumi"), script, { mode: 0o755 });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function answer(method: string, { pathname, searchParams }: URL): [number, unknown] {
  const [, kind, id = "", action] = pathname.split("/");
  const { label = [] } = JSON.parse(searchParams.get("filters") ?? "{}") as { label?: string[] };
  const filtered = (list: readonly { Labels: Readonly<Record<string, string>> }[]) =>
    list.filter(({ Labels }) =>
      label.every((it) => Object.entries(Labels).some((pair) => pair.join("=") === it)),
    );
  if (kind === "images") return [200, []];
  if (id === "json") return [200, filtered(containers)];
  if (id === "") return [200, filtered(networks)];
  const known = [...containers, ...networks].find((it) => it.Id === id);
  if (known === undefined) return [404, { message: "no such thing" }];
  if (method === "GET") return [200, known];
  changes.push(`${method} ${kind} ${id} ${action ?? ""}`.trim());
  if (action === "start" && unstartable.includes(id)) return [409, { message: "already exists" }];
  if (method === "DELETE") {
    containers = containers.filter((it) => it.Id !== id);
    networks = networks.filter((it) => it.Id !== id);
  }
  return [200, {}];
}

function writeState(resources: readonly object[], pending: readonly object[] = []): void {
  const deployment = { resources, pending_operations: pending };
  writeFileSync(join(folder, "state"), JSON.stringify({ version: 3, deployment }));
}

function repair(adopt = false) {
  const facts = defaultMachineFacts();
  return repairStack(
    {
      facts: { ...facts, engine: { ...facts.engine, host: `unix://${folder}/docker.sock` } },
      paths: resolvePaths({ env: { ASTRATRADE_HOME: folder } }),
      env: { PATH: `${folder}${delimiter}${process.env.PATH ?? ""}` },
    },
    { stack: "dev", adopt, report: () => undefined },
  );
}

const called = (): string[] => readFileSync(join(folder, "called"), "utf8").trim().split("\n");

test("where nothing is broken nothing is changed", async () => {
  writeState([program, resource(containerType, "redis", "c1")]);
  containers = [container("c1", "redis"), container("x1", "of-somebody-else", { Labels: {} })];
  expect(await repair()).toEqual({ done: [], refresh: false, adopted: false });
  expect(changes).toEqual([]);
  expect(called()).toEqual(["stack export --stack dev --non-interactive"]);
});

test("what a deploy has left half done goes, containers before networks", async () => {
  writeState(
    [program, resource(networkType, "edge", "n1")],
    [{ type: "creating", resource: resource(containerType, "nft") }],
  );
  containers = [container("c2", "nft-service")];
  networks = [network("n1", "edge", { gone: "old" }), network("n2", "trading", { c2: "nft" })];
  expect(await repair()).toEqual({
    done: [
      "dropped 1 operation that had not ended: creating nft",
      "removed container nft-service, which the state does not know",
      "removed network trading, which the state does not know",
      "freed old's place in network edge: it is no more",
    ],
    refresh: false,
    adopted: false,
  });
  expect(changes).toEqual([
    "POST containers c2 stop",
    "DELETE containers c2",
    "POST networks n1 disconnect",
    "POST networks n2 disconnect",
    "DELETE networks n2",
  ]);
  // Pulumi leaves pending operations out of what it imports; the file has secrets in it, and does not stay.
  const [, , imported = ""] = called();
  const file = /^stack import --stack dev --file (\S+) --non-interactive$/.exec(imported)?.[1];
  expect(file).toMatch(/state\.json$/);
  expect(existsSync(file ?? "")).toBe(false);
});

test("what was never started is started, or goes and is looked for by the deploy", async () => {
  writeState([
    program,
    ...["c1", "c2"].map((id) => resource(containerType, `service of ${id}`, id)),
  ]);
  containers = ["c1", "c2"].map((id) => container(id, `name-of-${id}`, { State: "created" }));
  unstartable = ["c2"];
  expect(await repair()).toEqual({
    done: ["removed container name-of-c2, which the engine could not start any more"],
    refresh: true,
    adopted: false,
  });
  expect(changes.toSorted()).toEqual([
    "DELETE containers c2",
    "POST containers c1 start",
    "POST containers c2 start",
    "POST containers c2 stop",
  ]);
});

test("containers without a state are left alone, and the ways out are named", async () => {
  writeState([]);
  containers = [container("c1", "redis"), container("c2", "api-gateway")];
  await expect(repair()).rejects.toThrow(
    `Stack "dev" runs on this engine (api-gateway, redis), but the state in ${folder}/state does not know it.\n` +
      "If another home holds the state, set ASTRATRADE_HOME to it. If the state is lost, run `npm run up -- --adopt`",
  );
  expect(changes).toEqual([]);
});

test("without a state and with nothing on the engine there is nothing to adopt", async () => {
  writeState([]);
  expect(await repair(true)).toEqual({ done: [], refresh: false, adopted: false });
  expect(called()).toEqual(["stack export --stack dev --non-interactive"]);
});

test("a lost state is made anew of what runs and is wanted; the rest goes", async () => {
  writeState([]);
  const provider = urn("pulumi:providers:docker", "engine");
  const wantedLabels = Object.entries(ofDev).map(([label, value]) => ({ label, value }));
  const planned = (type: string, name: string, inputs: object) => ({
    ...{ urn: urn(type, name), type, custom: true, parent: program.urn },
    ...(type.startsWith("docker:") && { provider: `${provider}::unknown` }),
    inputs,
  });
  const wanted = [
    { ...planned(program.type, "astratrade-dev", {}), custom: false, parent: "" },
    planned("pulumi:providers:docker", "engine", {}),
    planned(networkType, "edge", { name: "edge", driver: "bridge" }),
    planned(containerType, "redis", { name: "redis", image: "redis:7", labels: wantedLabels }),
    planned(containerType, "nft", { name: "nft-service", image: "r:2", labels: wantedLabels }),
    planned(containerType, "user", { name: "user-service", image: "r:2", labels: wantedLabels }),
  ];
  const events = wanted.map((it) =>
    JSON.stringify({ resourcePreEvent: { metadata: { op: "create", new: it } } }),
  );
  writeFileSync(join(folder, "events"), `${events.join("\n")}\n`);
  networks = [network("n1", "edge")];
  containers = [
    container("c1", "redis"),
    container("c2", "nft-service", { Image: "r:1", ImageID: "sha256:02" }),
    container("c3", "old-service"),
  ];
  expect(await repair(true)).toEqual({
    done: [
      "taken over as they are: edge, redis",
      "taken over to be replaced one after the other, since they differ or have passwords that were lost with the " +
        "state: nft-service",
      "removed container old-service, which the state does not know",
    ],
    refresh: true,
    adopted: true,
  });
  expect(changes).toEqual(["POST containers c3 stop", "DELETE containers c3"]);
  const { version, deployment } = JSON.parse(readFileSync(join(folder, "state"), "utf8")) as {
    version: number;
    deployment: { resources: { urn: string; id?: string; inputs?: { image?: string } }[] };
  };
  expect(version).toBe(3);
  expect(
    deployment.resources
      .filter((it) => it.urn.includes("docker:index"))
      .map(({ urn: of, id, inputs }) => [of, id, inputs?.image]),
  ).toEqual([
    [urn(networkType, "edge"), "n1", undefined],
    [urn(containerType, "redis"), "c1", "redis:7"],
    [urn(containerType, "nft"), "c2", "sha256:02"],
  ]);
});
