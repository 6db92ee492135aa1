/** IPv4 addresses as numbers, first and last included. */
export interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

/**
 * @param cidr such as 10.89.0.0/20; bits behind the prefix are taken for zero
 * @returns null for what is no IPv4 range
 */
export function toRange(cidr: string): Ipv4Range | null {
  const numbers = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (numbers === null) return null;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = numbers.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || prefix > 32) return null;
  const size = 2 ** (32 - prefix);
  const first = Math.floor((((a * 256 + b) * 256 + c) * 256 + d) / size) * size;
  return { first, last: first + size - 1 };
}

/** Whether two ranges in CIDR form have an address in common. */
export function overlap(a: string, b: string): boolean {
  return !isFree(a, toRanges([b]));
}

/** Parses many ranges; what is none is left out. */
export function toRanges(cidrs: readonly string[]): Ipv4Range[] {
  return cidrs.map(toRange).filter((range) => range !== null);
}

/** Whether a range in CIDR form has no address in common with any of those that are taken. */
export function isFree(cidr: string, taken: readonly Ipv4Range[]): boolean {
  const range = toRange(cidr);
  return (
    range === null || !taken.some(({ first, last }) => range.first <= last && first <= range.last)
  );
}

/**
 * Cuts a range into networks of one size.
 * @param base range in CIDR form
 * @param size prefix length of each network
 * @param most no more than so many are given
 */
export function cut(base: string, size: number, most: number): string[] {
  const range = toRange(base);
  if (range === null || size > 32) return [];
  const step = 2 ** (32 - size);
  const all = Math.floor((range.last - range.first + 1) / step);
  return Array.from(
    { length: Math.min(all, most) },
    (_, index) => `${toAddress(range.first + index * step)}/${size}`,
  );
}

/** The address of a number. */
export function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
