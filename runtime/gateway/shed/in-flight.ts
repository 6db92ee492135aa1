import type { ServiceName } from "../../../catalog/services.ts";
import { serviceNames } from "../../../catalog/services.ts";

/** Requests to services that are under way: taken in and not answered yet. */
export interface InFlight {
  /** Of all services. */
  total(): number;
  of(service: ServiceName): number;
  enter(service: ServiceName): void;
  leave(service: ServiceName): void;
  /** The most there were since the last call. */
  takeMost(): number;
}

export function createInFlight(): InFlight {
  const counts = new Map<ServiceName, number>(serviceNames.map((name) => [name, 0]));
  let total = 0;
  let most = 0;
  const of = (service: ServiceName): number => counts.get(service) ?? 0;
  return {
    total: () => total,
    of,
    enter: (service) => {
      counts.set(service, of(service) + 1);
      total += 1;
      if (total > most) most = total;
    },
    leave: (service) => {
      counts.set(service, of(service) - 1);
      total -= 1;
    },
    takeMost: () => {
      const taken = most;
      most = total;
      return taken;
    },
  };
}
