import { expect, test } from "vitest";
import { parseStackState } from "../pulumi/stack-state.ts";
import { compareStack } from "./compare-stack.ts";
import { readDeployed } from "./deployed.ts";
import { parseContainer, parseImage, parseNetwork } from "./live.ts";
import type { Live } from "./look-at-engine.ts";
import {
  containerId,
  documentOf,
  filesOf,
  imageDocument,
  networkId,
  sampleInputs,
  secretOf,
} from "./testing/sample.ts";
import { createVeil } from "./veil.ts";

const network = "astratrade-dev-trading";

const state = parseStackState({
  deployment: {
    resources: [
      {
        urn: "urn:container",
        type: "docker:index/container:Container",
        id: containerId,
        inputs: { ...sampleInputs, envs: secretOf(sampleInputs.envs) },
        outputs: { logOpts: sampleInputs.logOpts },
      },
      {
        urn: "urn:replaced",
        type: "docker:index/container:Container",
        id: "0",
        delete: true,
        inputs: { name: "left from a replacement", image: "x" },
      },
      {
        urn: "urn:network",
        type: "docker:index/network:Network",
        id: networkId,
        inputs: { name: network },
      },
      {
        urn: "urn:volume",
        type: "docker:index/volume:Volume",
        id: "data",
        inputs: { name: "data" },
      },
      { urn: "urn:password", type: "random:index/randomPassword:RandomPassword", id: "none" },
    ],
  },
});

const deployed = readDeployed(state);
const [container] = deployed.containers;
const showing = {
  veil: createVeil({ key: Buffer.from("key"), secrets: [] }),
  plainVariables: new Set<string>(),
};
const strangers = { aaa: { Name: "helper" }, [containerId]: { Name: "trading-service" } };
const asDeployed: Live = {
  containers: new Map(
    container === undefined ? [] : [[container, parseContainer(documentOf(sampleInputs))]],
  ),
  images: new Map([[sampleInputs.image, parseImage(imageDocument)]]),
  files: new Map(container === undefined ? [] : [[container, filesOf(sampleInputs)]]),
  networks: new Map([
    [
      network,
      parseNetwork({
        Id: networkId,
        Name: network,
        Driver: "bridge",
        IPAM: { Config: [] },
        Containers: strangers,
      }),
    ],
  ]),
  volumes: new Map([["data", { Name: "data", Driver: "local", Options: {}, Labels: {} }]]),
  // A container of the stack that no state knows is the repair's to tell.
  labelled: ["helper"],
};

test("a state is read without what a replacement has left, and with its secrets open", () => {
  expect(
    deployed.containers.map(({ urn, hasSecretEnv, hasSecretUploads }) => [
      urn,
      hasSecretEnv,
      hasSecretUploads,
    ]),
  ).toEqual([["urn:container", true, false]]);
  expect(container?.inputs.envs).toEqual(sampleInputs.envs);
});

test("a stack that runs as it was deployed has no drift", () => {
  expect(compareStack(deployed, asDeployed, showing)).toEqual([]);
});

test("where all of it is gone, each thing is named, by kind", () => {
  const gone: Live = {
    ...asDeployed,
    containers: new Map(),
    networks: new Map(),
    volumes: new Map(),
    labelled: [],
  };
  const items = compareStack(deployed, gone, showing);
  expect(items.map(({ kind, name, actual, mend }) => [kind, name, actual, mend])).toEqual([
    ["container", "trading-service", "removed", "create"],
    ["network", network, "removed", "create"],
    ["volume", "data", "removed, with its data", "create"],
  ]);
});

test("a stack that was never deployed has nothing that could differ", () => {
  const nothing = readDeployed(parseStackState({ deployment: {} }));
  expect(compareStack(nothing, asDeployed, showing)).toEqual([]);
});
