/** Directives of `Cache-Control` that forbid to keep an answer, or to show it when it is stale. */
const forbidding = /(^|[\s,])(no-store|no-cache|private|must-revalidate|proxy-revalidate)\b/i;
const isPublic = /(^|[\s,])public\b/i;

/**
 * Whether an answer may be kept and shown later to others (RFC 9111, sections 3 and 4.2.4), which it may not when it differs by
 * who asks.
 * @param fields names and values, flat
 * @param isAuthorized the request had `Authorization`
 * @returns its content type, or undefined when it may not
 */
export function mayBeKept(fields: readonly string[], isAuthorized: boolean): string | undefined {
  let contentType: string | undefined;
  let cacheControl = "";
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const value = fields[index + 1] ?? "";
    switch ((fields[index] ?? "").toLowerCase()) {
      case "content-type":
        contentType = value;
        break;
      case "cache-control":
        cacheControl += `,${value}`;
        break;
      case "vary":
        if (!harmlessVary.test(value)) return undefined;
        break;
      case "content-encoding":
      case "set-cookie":
        return undefined;
    }
  }
  if (forbidding.test(cacheControl)) return undefined;
  return isAuthorized && !isPublic.test(cacheControl) ? undefined : contentType;
}

/** The gateway settles `Origin` itself, and an answer that is compressed is not kept. */
const harmlessVary = /^\s*(origin|accept-encoding)(\s*,\s*(origin|accept-encoding))*\s*$/i;
