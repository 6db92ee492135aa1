import { shortId } from "../words.ts";
import type { DeployedNetwork } from "./deployed.ts";
import { absent, diffFacts, prefixed, type DriftItem, type Facts } from "./drift-item.ts";
import type { LiveNetwork } from "./live.ts";
import { findingLabels, isOfStack } from "./stack-labels.ts";
import { setText } from "./subject.ts";

/** Who may be in the stack's networks: ids and names of its containers. */
export type Members = ReadonlySet<string>;

/**
 * Every difference between a network and what was deployed, and every member that is not of the stack.
 * @param members the stack's containers, deployed or found by label: where one of them is in a network that is not its
 *   own, the comparison of containers says so
 */
export function compareNetwork(
  deployed: DeployedNetwork,
  live: LiveNetwork,
  members: Members,
): DriftItem[] {
  const isReplaced = live.Id !== deployed.id;
  const changed = diffFacts(wanted(deployed), found(deployed, live));
  const strangers = Object.entries(live.Containers).filter(
    ([id, { Name }]) => !members.has(id) && !members.has(Name),
  );
  const isMadeAnew = isReplaced || changed.some(({ property }) => !isLabel(property));
  return [
    ...(isReplaced ? [madeByHand(deployed, live)] : []),
    ...changed.map((it): DriftItem => ({
      ...about(deployed),
      ...it,
      // The program leaves the labels of a network that exists: replacing it takes every container in it along.
      mend: isLabel(it.property) && !isMadeAnew ? "none" : "replace",
    })),
    ...strangers.map(([id, { Name }]): DriftItem => ({
      ...about(deployed),
      property: `member ${Name}`,
      expected: absent,
      actual: "connected, not of this stack",
      mend: "disconnect",
      preparation: { kind: "disconnect", network: live.Id, container: id },
    })),
  ];
}

/** A network that is not there at all. */
export function missingNetwork(deployed: DeployedNetwork): DriftItem {
  return {
    ...about(deployed),
    property: "network",
    expected: "there",
    actual: "removed",
    mend: "create",
  };
}

function about({ urn, inputs }: DeployedNetwork) {
  return { kind: "network", name: inputs.name, urn } as const;
}

function isLabel(property: string): boolean {
  return property.startsWith("label.");
}

/** Under the network's name stands another one. One with the stack's labels is removed by the deploy itself. */
function madeByHand(deployed: DeployedNetwork, live: LiveNetwork): DriftItem {
  const { name, labels } = deployed.inputs;
  const byHand =
    `Network "${name}" was made by hand and has not the stack's labels, so that it may be somebody else's. ` +
    `Remove it: docker network rm ${name}`;
  return {
    ...about(deployed),
    property: "network",
    expected: shortId(deployed.id),
    actual: `${shortId(live.Id)}, made by hand`,
    mend: "replace",
    ...(!isOfStack(labels, live.Labels) && { byHand }),
  };
}

function wanted({ inputs, outputs }: DeployedNetwork): Facts {
  return {
    driver: inputs.driver || "bridge",
    internal: String(inputs.internal ?? false),
    attachable: String(inputs.attachable ?? false),
    ipv6: String(inputs.ipv6 ?? false),
    ...(inputs.ipamConfigs.length > 0 && {
      subnet: setText(
        inputs.ipamConfigs.map(({ subnet, gateway, ipRange }) =>
          poolText(subnet ?? "", gateway ?? "", ipRange ?? ""),
        ),
      ),
    }),
    ...prefixed("option.", { ...outputs.options, ...inputs.options }),
    ...prefixed("label.", findingLabels(inputs.labels)),
  };
}

function found({ inputs }: DeployedNetwork, live: LiveNetwork): Facts {
  const labels = findingLabels(inputs.labels);
  return {
    driver: live.Driver,
    internal: String(live.Internal),
    attachable: String(live.Attachable),
    ipv6: String(live.EnableIPv6),
    ...(inputs.ipamConfigs.length > 0 && { subnet: setText(livePools(inputs.ipamConfigs, live)) }),
    ...prefixed("option.", live.Options),
    ...prefixed("label.", only(live.Labels, Object.keys(labels))),
  };
}

/** The engine chooses gateway and range where the program does not. */
function livePools(
  asked: DeployedNetwork["inputs"]["ipamConfigs"],
  { IPAM }: LiveNetwork,
): string[] {
  return IPAM.Config.map(({ Subnet, Gateway, IPRange }) => {
    const twin = asked.find(({ subnet }) => subnet === Subnet);
    return poolText(Subnet, twin?.gateway ? Gateway : "", twin?.ipRange ? IPRange : "");
  });
}

function poolText(subnet: string, gateway: string, range: string): string {
  const parts = [gateway && `gateway ${gateway}`, range && `range ${range}`].filter(Boolean);
  return [subnet, ...parts].join(" ");
}

function only(map: Facts, keys: readonly string[]): Facts {
  return Object.fromEntries(Object.entries(map).filter(([key]) => keys.includes(key)));
}
