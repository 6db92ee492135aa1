/**
 * Headers of every answer, whoever gives it: names and values, flat. All that is served here is data, so that a browser
 * should neither guess its type, nor show it in a frame, nor run anything in it. Nothing is said of TLS
 * (`strict-transport-security`): the gateway speaks plain HTTP, and only what ends TLS before it may promise that.
 */
export const securityHeaders: readonly string[] = [
  ...["x-content-type-options", "nosniff"],
  ...["x-frame-options", "DENY"],
  ...["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ...["referrer-policy", "no-referrer"],
];
