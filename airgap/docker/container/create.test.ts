import { afterEach, describe, expect, test } from "vitest";
import { UNKNOWN } from "../../plugin/values.ts";
import type { Properties } from "../../plugin/values.ts";
import { startFakeEngine } from "../testing/fake-engine.ts";
import type { FakeEngine, Routes } from "../testing/fake-engine.ts";
import { DONE, ID, ROUTES, createContainerOn } from "../testing/live-container.ts";

let fake: FakeEngine;
afterEach(() => fake.close());

async function create(inputs: Properties, routes: Routes = {}, apiVersion?: string) {
  fake = await startFakeEngine({ ...ROUTES, ...routes }, apiVersion);
  return createContainerOn(fake, inputs);
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
