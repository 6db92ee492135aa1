import { expect, test } from "vitest";
import { parseRoutes, readRoutes } from "./routes.ts";

const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";

test("routes without the default one, their bytes put in order", () => {
  const table = [
    head,
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "br-d30b314d0046\t0090DB0A\t00000000\t0001\t0\t0\t0\tC0FFFFFF\t0\t0\t0",
    "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
    "tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0",
    "wg0\t0101A8C0\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0",
    "",
  ];
  expect(parseRoutes(table.join("\n"))).toEqual([
    { subnet: "10.219.144.0/26", interface: "br-d30b314d0046" },
    { subnet: "172.17.0.0/16", interface: "docker0" },
    { subnet: "10.0.0.0/8", interface: "tun0" },
    { subnet: "192.168.1.1/32", interface: "wg0" },
  ]);
});

test("no table, no routes", () => {
  expect(readRoutes("/nowhere/net/route")).toBe(null);
});
