/**
 * Whether it is an origin as browsers send one, and so as it must stand in a list of allowed ones: they compare letter by
 * letter, and one with a path, a slash at its end, a capital letter or its scheme's own port would never match.
 */
export function isOrigin(text: string): boolean {
  // A comma separates the origins of a list.
  return /^https?:[^,]+$/.test(text) && URL.parse(text)?.origin === text;
}

/** Whether a user or a password is in it. Addresses are shown and logged, so none may be. */
export function hasCredentials(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && (url.username !== "" || url.password !== "");
}

/** Whether it leads back to whoever asks: in a container to nobody else. */
export function isLoopback(address: string): boolean {
  const host = URL.parse(address)?.hostname ?? "";
  return /^(localhost|.+\.localhost|127\.[\d.]+|\[::1\])$/.test(host);
}
