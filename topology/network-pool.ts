import { cut, toAddress, toRange } from "./ipv4-range.ts";

/** Prefix length of one network cut from a pool: 62 containers, far above what one network here holds. */
const networkPrefix = 26;

/** @returns what is wrong with the pool in one sentence, or null */
export function networkPoolProblem(pool: string): string | null {
  const range = toRange(pool);
  if (range === null) return "expected an IPv4 range such as 10.89.0.0/20";
  const [address = "", prefix = ""] = pool.split("/");
  if (Number(prefix) < 8 || Number(prefix) > 22) return "expected a prefix length from /8 to /22";
  if (address !== toAddress(range.first)) return `the address does not start a /${prefix} range`;
  return null;
}

/**
 * Cuts the n-th network out of a pool that `networkPoolProblem` found nothing wrong with.
 * @returns the subnet in CIDR form
 * @throws RangeError when the pool has no n-th network
 */
export function subnetOf(pool: string, index: number): string {
  const subnet = cut(pool, networkPrefix, index + 1)[index];
  if (subnet === undefined)
    throw new RangeError(`The pool ${pool} has no network number ${index}.`);
  return subnet;
}
