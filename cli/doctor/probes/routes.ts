import { readFileSync } from "node:fs";
import { toAddress } from "../../../topology/ipv4-range.ts";

export interface Route {
  readonly subnet: string;
  readonly interface: string;
}

/** Reads this machine's IPv4 routes without the default one; null where there is no /proc. */
export function readRoutes(path = "/proc/net/route"): Route[] | null {
  try {
    return parseRoutes(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

/** Parses the kernel's table: a head line, then interface, destination, gateway, flags, …, mask (the eighth column). */
export function parseRoutes(table: string): Route[] {
  return table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(/\s+/))
    .flatMap(([name = "", destination = "", , , , , , mask = ""]) => {
      const prefix = countBits(swapBytes(mask));
      if (prefix === 0) return [];
      return [{ subnet: `${toAddress(swapBytes(destination))}/${prefix}`, interface: name }];
    });
}

/** The kernel writes addresses as it keeps them, the last byte first. */
function swapBytes(hex: string): number {
  const bytes = hex.match(/../g) ?? [];
  return Number.parseInt(bytes.reverse().join(""), 16);
}

function countBits(mask: number): number {
  return mask.toString(2).replaceAll("0", "").length;
}
