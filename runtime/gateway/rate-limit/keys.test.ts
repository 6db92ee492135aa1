import { describe, expect, it } from "vitest";
import { addressKey, keysOfUser, limitedRoutes, routeOf, userKey } from "./keys.ts";

describe("keys of limits", () => {
  it("name the user, and the part of a service", () => {
    expect(keysOfUser("7")).toEqual(["user:7", "user:7:POST:trading/execute"]);
    expect(userKey("x".repeat(64))).toHaveLength(69);
  });

  it("tell rules apart by service, methods and path", () => {
    expect(routeOf("trading", { path: "/orders/*" })).toBe("trading/orders/*");
    expect(routeOf("nft", { path: "/a", methods: ["POST", "PUT"] })).toBe("POST,PUT:nft/a");
    const routes = [...limitedRoutes().values()].map(({ route }) => route);
    expect(new Set(routes).size).toBe(routes.length);
  });

  it.each([
    ["10.0.0.7", "10.0.0.7"],
    ["::ffff:10.0.0.7", "10.0.0.7"],
    ["2001:db8:0:1:2:3:4:5", "2001:db8:0:1"],
    ["2001:0DB8:0000:0001::5", "2001:db8:0:1"],
    ["2001:db8::5", "2001:db8:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["::1", "0:0:0:0"],
    ["::", "0:0:0:0"],
    ["64:ff9b::10.0.0.7", "64:ff9b:0:0"],
    ["1:2:3:4:5:6:7::", "1:2:3:4"],
    ["unknown", "unknown"],
    ["not:an:address", "unknown"],
  ])("of %s by its network", (address, expected) => {
    expect(addressKey(address)).toBe(`address:${expected}`);
  });
});
