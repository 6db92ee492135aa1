import { lookup } from "node:dns/promises";
import { get } from "node:http";
import { paths } from "../../../catalog/endpoints.ts";
import type { Instance } from "../registry.ts";
import { checkDeadlineMs } from "./watch-returns.ts";

/**
 * Asks an instance's readiness page, on a connection of its own. A name that is gone can take the resolver seconds and one of the
 * few threads that also reach Redis; since the check ends no earlier, there is one such look-up for an instance at a time.
 * @returns whether it answered 200 in time
 */
export async function checkReady(instance: Instance, signal: AbortSignal): Promise<boolean> {
  try {
    const { address } = await lookup(instance.host, { family: 4 });
    return await isReadyAt(
      address,
      instance,
      AbortSignal.any([signal, AbortSignal.timeout(checkDeadlineMs)]),
    );
  } catch {
    return false;
  }
}

function isReadyAt(
  address: string,
  { host, port }: Instance,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options = {
      host: address,
      port,
      path: paths.ready,
      headers: { host: `${host}:${port}` },
      agent: false,
      signal,
    };
    const request = get(options, (response) => {
      resolve(response.statusCode === 200);
      response.destroy();
    });
    request.once("error", reject);
  });
}
