import { afterEach, describe, expect, test } from "vitest";
import { InitFailedError, ResourceError } from "../../plugin/errors.ts";
import { UNKNOWN } from "../../plugin/values.ts";
import type { Properties } from "../../plugin/values.ts";
import { fakeCall, startFakeEngine } from "../testing/fake-engine.ts";
import type { FakeEngine, Routes } from "../testing/fake-engine.ts";
import { containerResource } from "./resource.ts";

const ID = "0a39fa3f6f038dc08a9c9c25067418fc0165477163b4eea2280a11ea341cd410";

/** A container as the engine describes it, running and healthy. */
const LIVE = {
  Id: ID,
  Name: "/c",
  Platform: "linux",
  State: { Running: true, Status: "running", ExitCode: 0, Health: { Status: "healthy" } },
  Config: {
    Image: "i",
    Hostname: "h",
    Domainname: "",
    User: "",
    Cmd: ["x"],
    Entrypoint: null,
    WorkingDir: "",
    Tty: false,
    OpenStdin: false,
  },
  HostConfig: {
    NetworkMode: "bridge",
    RestartPolicy: { Name: "no" },
    Memory: 64 << 20,
    MemorySwap: 64 << 20,
  },
  NetworkSettings: { Ports: {}, Networks: {} },
};

const DONE = { status: 204 };

const ROUTES: Routes = {
  "GET /images/i/json": { body: {} },
  "POST /containers/create": { status: 201, body: { Id: ID } },
  "POST /containers/*/start": DONE,
  "GET /containers/*/json": { body: LIVE },
};

let fake: FakeEngine;
afterEach(() => fake.close());

async function create(inputs: Properties, routes: Routes = {}, apiVersion?: string) {
  fake = await startFakeEngine({ ...ROUTES, ...routes }, apiVersion);
  const call = fakeCall();
  const resource = containerResource(fake.engine);
  const checked = await resource.check(
    {
      news: { name: "c", image: "i", ...inputs },
      olds: {},
      oldOutputs: {},
      randomSeed: new Uint8Array(),
      autonaming: undefined,
    },
    call,
  );
  expect(checked.failures).toEqual([]);
  return resource.create({ inputs: checked.inputs, preview: false, timeoutMs: undefined }, call);
}

/** The body of the request that made the container. */
function createBody(): { HostConfig: Record<string, unknown>; [name: string]: unknown } {
  return fake.seen.find(({ route }) => route === "POST /containers/create")?.body as never;
}

describe("creating a container", () => {
  test("asks for image and container, starts it, and reads it back", async () => {
    const { id, properties } = await create({ memory: 64, memorySwap: 64 });
    expect(fake.seen.map(({ route }) => route)).toEqual([
      "GET /images/i/json",
      "POST /containers/create",
      `POST /containers/${ID}/start`,
      `GET /containers/${ID}/json`,
    ]);
    expect(id).toBe(ID);
    expect(properties).toMatchObject({
      id: ID,
      hostname: "h",
      memory: 64,
      command: ["x"],
      __meta: '{"schema_version":"2"}',
    });
    expect(JSON.stringify(properties)).not.toContain(UNKNOWN);
  });

  test("sends exactly what the program says, in the engine's units", async () => {
    await create({
      command: ["run"],
      envs: ["A=1"],
      labels: [{ label: "a", value: "b" }],
      memory: 64,
      memorySwap: -1,
      cpus: "0.5",
      init: true,
      restart: "on-failure",
      maxRetryCount: 3,
      ports: [
        { internal: 80, external: 8080 },
        { internal: 53, protocol: "udp", ip: "127.0.0.1" },
      ],
      healthcheck: {
        tests: ["CMD", "true"],
        interval: "1m30s",
        startInterval: "500ms",
        retries: 2,
      },
      mounts: [{ type: "tmpfs", target: "/tmp", tmpfsOptions: { sizeBytes: 1024 } }],
      volumes: [
        { volumeName: "v", containerPath: "/data", readOnly: true },
        { hostPath: "/host", containerPath: "/h", selinuxRelabel: "z" },
        { containerPath: "/anonymous" },
        { fromContainer: "other" },
      ],
      capabilities: { drops: ["ALL"] },
      hosts: [{ host: "peer", ip: "10.0.0.9" }],
      logDriver: "json-file",
      logOpts: { "max-size": "1m" },
      ulimits: [{ name: "nofile", soft: 1, hard: 2 }],
    });
    expect(createBody()).toEqual({
      Image: "i",
      Cmd: ["run"],
      Env: ["A=1"],
      Labels: { a: "b" },
      ExposedPorts: { "80/tcp": {}, "53/udp": {} },
      Volumes: { "/anonymous": {} },
      // This engine speaks API 1.41, which knows no start interval.
      Healthcheck: {
        Test: ["CMD", "true"],
        Interval: 90e9,
        Timeout: 0,
        StartPeriod: 0,
        Retries: 2,
      },
      HostConfig: {
        Init: true,
        Memory: 64 << 20,
        MemorySwap: -1,
        NanoCpus: 500_000_000,
        NetworkMode: "bridge",
        RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
        PortBindings: {
          "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }],
          "53/udp": [{ HostIp: "127.0.0.1", HostPort: "" }],
        },
        Mounts: [{ Type: "tmpfs", Target: "/tmp", TmpfsOptions: { SizeBytes: 1024, Mode: 0 } }],
        Binds: ["v:/data:ro", "/host:/h:rw,z"],
        VolumesFrom: ["other"],
        CapAdd: [],
        CapDrop: ["ALL"],
        ExtraHosts: ["peer:10.0.0.9"],
        LogConfig: { Type: "json-file", Config: { "max-size": "1m" } },
        Ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }],
      },
    });
  });

  test("sends a start interval to an engine that knows it", async () => {
    await create({ healthcheck: { tests: ["CMD", "true"], startInterval: "500ms" } }, {}, "1.44");
    expect(createBody()["Healthcheck"]).toMatchObject({ StartInterval: 500e6 });
  });

  test("says false for init, so that the engine's own default does not count", async () => {
    await create({});
    expect(createBody().HostConfig["Init"]).toBe(false);
  });

  test("connects networks before it starts, and leaves the default one", async () => {
    await create(
      { networksAdvanced: [{ name: "n", aliases: ["a"], ipv4Address: "10.0.0.2" }] },
      { "POST /networks/bridge/disconnect": DONE, "POST /networks/n/connect": DONE },
    );
    const routes = fake.seen.map(({ route }) => route);
    expect(routes.slice(2, 5)).toEqual([
      "POST /networks/bridge/disconnect",
      "POST /networks/n/connect",
      `POST /containers/${ID}/start`,
    ]);
    expect(fake.seen[3]?.body).toEqual({
      Container: ID,
      EndpointConfig: { Aliases: ["a"], IPAMConfig: { IPv4Address: "10.0.0.2" } },
    });
  });

  test("copies files into it before it starts", async () => {
    await create(
      {
        uploads: [
          { file: "/etc/a.conf", content: "x=1\n" },
          { file: "/b", contentBase64: "eQ==", permissions: "0400" },
        ],
      },
      { "PUT /containers/*/archive": { status: 200 } },
    );
    const archive = fake.seen.find(({ route }) => route.endsWith("/archive"));
    expect(archive?.query).toEqual({ path: "/" });
    const tar = archive?.body as Buffer;
    const header = (at: number) =>
      [tar.toString("latin1", at, at + 100), tar.toString("latin1", at + 100, at + 107)].map(
        (text) => text.replaceAll("\0", ""),
      );
    expect([header(0), tar.toString("utf8", 512, 516)]).toEqual([
      ["etc/a.conf", "000644 "],
      "x=1\n",
    ]);
    expect([header(1024), tar.toString("utf8", 1536, 1537)]).toEqual([["b", "000400 "], "y"]);
  });
});

describe("a container that cannot be made", () => {
  test.each<[string, Properties, Routes, RegExp]>([
    [
      "an image that cannot be pulled",
      {},
      {
        "GET /images/i/json": { status: 404, body: { message: "No such image" } },
        "POST /images/create": { body: { error: "no such host" } },
      },
      /^Unable to create container with image i: unable to pull image i: no such host/,
    ],
    [
      "a name that is taken",
      {},
      { "POST /containers/create": { status: 409, body: { message: "name in use" } } },
      /^Unable to create container c: name in use$/,
    ],
    ["CPUs that are no number", { cpus: "many" }, {}, /^Error setting cpus: failed to parse many/],
    [
      "CPUs that are too precise",
      { cpus: "0.1234567891" },
      {},
      /^Error setting cpus: 0.1234567891 is too precise/,
    ],
    [
      "a volume without a path",
      { volumes: [{ volumeName: "v" }] },
      {},
      /an entry of volumes has no containerPath/,
    ],
  ])("because of %s leaves nothing behind", async (_name, inputs, routes, message) => {
    const error: unknown = await create(inputs, routes).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ResourceError);
    expect((error as Error).message).toMatch(message);
  });

  test.each<[string, Properties, Routes, string]>([
    [
      "its start fails",
      {},
      {
        "POST /containers/*/start": { status: 500, body: { message: "port is already allocated" } },
      },
      "Unable to start container: port is already allocated",
    ],
    [
      "its network is missing",
      { networksAdvanced: [{ name: "n" }] },
      { "POST /networks/bridge/disconnect": DONE },
      "Unable to connect to network 'n': no such route: POST /networks/n/connect",
    ],
    [
      "an upload has no content",
      { uploads: [{ file: "/f" }] },
      {},
      "error with upload content of /f: exactly one of content, contentBase64 and source must be set",
    ],
    [
      "an upload's owner has a name",
      { uploads: [{ file: "/f", content: "x", owner: "app" }] },
      {},
      "error with upload of /f: owner is 'app', but must be a numeric id",
    ],
  ])("once it is there stays, half made, when %s", async (_name, inputs, routes, reason) => {
    const error: unknown = await create(inputs, routes).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(InitFailedError);
    const { halfMade } = error as InitFailedError;
    expect(halfMade.id).toBe(ID);
    expect(halfMade.reasons).toEqual([reason]);
    expect(halfMade.properties).toMatchObject({ id: ID, name: "c", hostname: null, envs: [] });
    expect(JSON.stringify(halfMade.properties)).not.toContain(UNKNOWN);
  });
});

/** What the engine answers to a request for logs: one frame of standard output. */
function logs(text: string): Buffer {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, text.length]);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe("waiting for health", () => {
  const waiting = { healthcheck: { tests: ["CMD", "true"] }, wait: true, waitTimeout: 1 };
  const state = (more: object) => ({
    "GET /containers/*/json": { body: { ...LIVE, State: { ...LIVE.State, ...more } } },
    "GET /containers/*/logs": { body: logs("it went wrong\n") },
  });

  test("ends when the check passes", async () => {
    let asked = 0;
    const starting = { ...LIVE, State: { ...LIVE.State, Health: { Status: "starting" } } };
    await create(waiting, {
      "GET /containers/*/json": () => ({ body: asked++ < 2 ? starting : LIVE }),
    });
    expect(asked).toBe(4);
  });

  test.each<[string, object, string[]]>([
    [
      "an unhealthy container, after the timeout",
      { Health: { Status: "unhealthy", Log: [{ ExitCode: 1, Output: "no\nfile" }] } },
      [
        "container failed to be in healthy state: after 1 s (waitTimeout) it is running and unhealthy",
        "health check: status 1 no | file",
        "the container's last lines:",
        "  it went wrong",
      ],
    ],
    [
      "one that has ended, at once",
      { Running: false, Status: "exited", ExitCode: 3, Health: { Status: "starting" } },
      [
        "container failed to be in healthy state: it ended with status 3",
        "the container's last lines:",
        "  it went wrong",
      ],
    ],
    [
      "one without a health check, at once",
      { Health: undefined },
      [
        "container failed to be in healthy state: it has no health check, so wait: true can never end",
        "the container's last lines:",
        "  it went wrong",
      ],
    ],
  ])("gives up %s, and shows why", async (_name, more, lines) => {
    const error: unknown = await create(waiting, state(more)).catch((failure: unknown) => failure);
    expect((error as InitFailedError).halfMade.reasons).toEqual([lines.join("\n")]);
  });

  test("does not give up a container that will be restarted", async () => {
    let asked = 0;
    const ended = {
      ...LIVE,
      State: { ...LIVE.State, Running: false, Status: "exited", Health: { Status: "starting" } },
      HostConfig: { RestartPolicy: { Name: "always" } },
    };
    await create(
      { ...waiting, restart: "always" },
      { "GET /containers/*/json": () => ({ body: asked++ < 1 ? ended : LIVE }) },
    );
    expect(asked).toBe(3);
  });
});

describe("changing a container in place", () => {
  async function update(olds: Properties, news: Properties, routes: Routes = {}) {
    fake = await startFakeEngine({
      ...ROUTES,
      "POST /containers/*/update": { body: {} },
      ...routes,
    });
    const call = fakeCall();
    const base = {
      id: ID,
      name: "c",
      image: "i",
      restart: "no",
      mustRun: true,
      command: [],
      entrypoints: [],
      networkDatas: [],
    };
    const outputs = await containerResource(fake.engine).update(
      {
        id: ID,
        olds: { ...base, ...olds },
        oldInputs: {},
        news: { name: "c", image: "i", ...news },
        preview: false,
        timeoutMs: undefined,
      },
      call,
    );
    return { outputs, logged: call.logged };
  }

  test("sends all limits at once, and nothing else", async () => {
    const { outputs } = await update(
      { memory: 64, memorySwap: 64 },
      { memory: 96, memorySwap: 96, cpuShares: 5 },
    );
    expect(fake.seen.map(({ route, body }) => [route, body])).toEqual([
      [
        `POST /containers/${ID}/update`,
        { Memory: 96 << 20, MemorySwap: 96 << 20, CpuShares: 5, RestartPolicy: { Name: "no" } },
      ],
    ]);
    expect(outputs).toMatchObject({ memory: 96, memorySwap: 96, cpuShares: 5 });
  });

  test("starts a container that was stopped by hand", async () => {
    await update({ mustRun: false }, {});
    expect(fake.seen.map(({ route }) => route)).toEqual([`POST /containers/${ID}/start`]);
  });

  test("warns of what the engine cannot change", async () => {
    const { logged } = await update(
      { init: false, tmpfs: { "/a": "" } },
      { init: true, tmpfs: { "/b": "" } },
    );
    expect(fake.seen).toEqual([]);
    expect(logged).toEqual([
      "warning: init, tmpfs: the running container keeps the old value. It changes when the container is replaced: " +
        'add replaceOnChanges: ["init","tmpfs"] to the resource\'s options',
    ]);
  });

  test("says why the engine refuses", async () => {
    const refusal = { status: 400, body: { message: "Minimum memory limit allowed is 6MB" } };
    const updating = update(
      { memory: 64 },
      { memory: 1 },
      { "POST /containers/*/update": refusal },
    );
    await expect(updating).rejects.toThrow(
      "Unable to update the container: Minimum memory limit allowed is 6MB",
    );
  });
});

describe("removing a container", () => {
  const remove = async (properties: Properties, routes: Routes) => {
    fake = await startFakeEngine(routes);
    const request = { id: ID, properties, oldInputs: {}, timeoutMs: undefined };
    await containerResource(fake.engine).delete(request, fakeCall());
    return fake.seen.map(({ route, query }) => [route.replace(ID, "*"), query]);
  };

  test("kills it at once without a grace time", async () => {
    expect(await remove({}, { "DELETE /containers/*": DONE })).toEqual([
      ["DELETE /containers/*", { force: "true", v: "true" }],
    ]);
  });

  test("stops it first, and keeps anonymous volumes, where the state says so", async () => {
    const routes = { "POST /containers/*/stop": DONE, "DELETE /containers/*": DONE };
    expect(await remove({ destroyGraceSeconds: 5, removeVolumes: false }, routes)).toEqual([
      ["POST /containers/*/stop", { t: "5" }],
      ["DELETE /containers/*", { force: "true", v: "false" }],
    ]);
  });

  test("takes one that is gone for a success", async () => {
    expect(await remove({ destroyGraceSeconds: 5 }, {})).toEqual([
      ["POST /containers/*/stop", { t: "5" }],
    ]);
  });

  test("waits for one that is being removed already", async () => {
    const busy = { status: 409, body: { message: "removal of container is already in progress" } };
    let asked = 0;
    const routes: Routes = {
      "DELETE /containers/*": busy,
      "GET /containers/*/json": () =>
        asked++ === 0 ? { body: LIVE } : { status: 404, body: { message: "gone" } },
    };
    expect((await remove({}, routes)).map(([route]) => route)).toEqual([
      "DELETE /containers/*",
      "GET /containers/*/json",
      "GET /containers/*/json",
    ]);
  });
});

describe("reading a container", () => {
  async function read(live: object, properties: Properties, inputs: Properties) {
    fake = await startFakeEngine({ "GET /containers/*/json": { body: { ...LIVE, ...live } } });
    return containerResource(fake.engine).read({ id: ID, properties, inputs }, fakeCall());
  }

  test("answers nothing for one that is gone", async () => {
    fake = await startFakeEngine({});
    expect(
      await containerResource(fake.engine).read({ id: ID, properties: {}, inputs: {} }, fakeCall()),
    ).toBeUndefined();
  });

  test("shows what was changed by hand, in the inputs that the program has", async () => {
    const stopped = { State: { ...LIVE.State, Running: false, Status: "exited", ExitCode: 137 } };
    const inputs = {
      name: "c",
      image: "i",
      memory: 32,
      mustRun: true,
      envs: ["A=1"],
      __defaults: ["mustRun"],
    };
    const found = await read(stopped, { ...inputs, memory: 32, mustRun: true }, inputs);
    expect(found?.inputs).toEqual({
      name: "c",
      image: "i",
      memory: 64,
      mustRun: false,
      envs: ["A=1"],
      __defaults: [],
    });
    expect(found?.properties).toMatchObject({ memory: 64, mustRun: false, exitCode: 137 });
  });

  test("keeps the program's order of ports, and fills in the host's", async () => {
    const live = {
      HostConfig: {
        PortBindings: {
          "80/tcp": [{ HostIp: "", HostPort: "" }],
          "9/tcp": [{ HostIp: "0.0.0.0", HostPort: "99" }],
        },
      },
      NetworkSettings: {
        Ports: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "32768" }] },
        Networks: {},
      },
    };
    const ports = [80, 9].map((internal) => ({
      internal,
      external: null,
      ip: "0.0.0.0",
      protocol: "tcp",
    }));
    expect((await read(live, { ports }, { name: "c" }))?.properties["ports"]).toEqual([
      { internal: 80, external: 32768, ip: "0.0.0.0", protocol: "tcp" },
      { internal: 9, external: 99, ip: "0.0.0.0", protocol: "tcp" },
    ]);
  });

  test("gives an import the inputs that are set", async () => {
    expect((await read({}, {}, {}))?.inputs).toEqual({
      name: "c",
      image: "i",
      memory: 64,
      memorySwap: 64,
      networkMode: "bridge",
      restart: "no",
      start: true,
      mustRun: true,
      removeVolumes: true,
      waitTimeout: 60,
      containerReadRefreshTimeoutMilliseconds: 15_000,
      __defaults: [
        ...["containerReadRefreshTimeoutMilliseconds", "mustRun", "networkMode", "removeVolumes"],
        ...["restart", "start", "waitTimeout"],
      ],
    });
  });
});
