/** Prefix length of one network cut from a pool: 62 containers, far above what one network here holds. */
const networkPrefix = 26;

interface Pool {
  readonly base: number;
  readonly prefix: number;
}

/** @returns what is wrong with the pool in one sentence, or null */
export function networkPoolProblem(pool: string): string | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(pool);
  const numbers = match?.slice(1).map(Number);
  if (numbers === undefined || numbers.slice(0, 4).some((octet) => octet > 255)) {
    return "expected an IPv4 range such as 10.89.0.0/20";
  }
  const { base, prefix } = toPool(numbers);
  if (prefix < 8 || prefix > 22) return "expected a prefix length from /8 to /22";
  if (base % 2 ** (32 - prefix) !== 0) return `the address does not start a /${prefix} range`;
  return null;
}

/**
 * Cuts the n-th network out of a pool that `networkPoolProblem` found nothing wrong with.
 * @returns the subnet in CIDR form
 * @throws RangeError when the pool has no n-th network
 */
export function subnetOf(pool: string, index: number): string {
  const { base, prefix } = toPool(pool.split(/[./]/).map(Number));
  if (index < 0 || index >= 2 ** (networkPrefix - prefix)) {
    throw new RangeError(`The pool ${pool} has no network number ${index}.`);
  }
  const address = base + index * 2 ** (32 - networkPrefix);
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  return `${octets.join(".")}/${networkPrefix}`;
}

function toPool(numbers: readonly number[]): Pool {
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = numbers;
  return { base: ((a * 256 + b) * 256 + c) * 256 + d, prefix };
}
