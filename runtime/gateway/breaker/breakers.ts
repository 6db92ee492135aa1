import { serviceNames, type ServiceName } from "../../../catalog/services.ts";
import type { Clock, Random } from "../../kit/clock.ts";
import { type Instance, instanceKey, type Registry } from "../registry.ts";
import type { Breaker, StateChange } from "./breaker.ts";
import { Circuit } from "./circuit.ts";
import { type BreakerRules, defaultRules } from "./rules.ts";

/** The breakers of all services and of all instances that are known. */
export interface Breakers {
  ofService(service: ServiceName): Breaker;
  /** Gone when the registry drops the instance; another start of the process has a new one. */
  ofInstance(instance: Instance): Breaker;
  /**
   * Of these instances, those that a request may go to: without the ones whose breakers are open, but never without more than
   * half of them, nor without the last. Such a one gives no permit, and is asked without.
   */
  usable(instances: readonly Instance[]): readonly Instance[];
  /** Called on every change of a state. */
  onChange(listener: (change: BreakerChange) => void): void;
}

export interface BreakerChange extends StateChange {
  readonly service: ServiceName;
  /** null: the service's own breaker. */
  readonly instance: string | null;
}

/** What the gateway's own checks tell the breakers. */
export interface CheckedBreakers extends Breakers {
  /** Moves every breaker on to what the time says; to be called ten times a second. */
  tick(): void;
  /** Whether a check of the instance would change anything. */
  isInDoubt(instance: Instance): boolean;
  hearReady(instance: Instance): void;
  /**
   * @param againInMs when the next check's result is there
   * @param wholeService no instance of its service passes the check
   */
  hearAway(instance: Instance, againInMs: number, wholeService: boolean): void;
}

export interface BreakersOptions {
  readonly registry: Registry;
  /** Must not go backwards. */
  readonly clock: Clock;
  readonly random: Random;
  /** @default the rules as deployed */
  readonly rules?: Partial<BreakerRules>;
}

/**
 * Two levels. An instance's breaker keeps requests from one bad replica. A service's breaker opens when the service as a whole
 * fails, or when nobody is there to be asked; it stays closed while one of several instances does well, since the others' breakers
 * are enough then.
 */
export function createBreakers(options: BreakersOptions): CheckedBreakers {
  const { registry, clock, random } = options;
  const rules = { ...defaultRules, ...options.rules };
  const listeners: ((change: BreakerChange) => void)[] = [];
  const instances = new Map<string, Circuit>();
  /** By the registry's own objects, since making a key for each request costs more than the breaker. */
  const found = new WeakMap<Instance, Circuit>();
  /** Instances' breakers that are not closed: mostly none, and then nothing has to be looked at. */
  let troubled = 0;

  const services = new Map<ServiceName, Circuit>(
    serviceNames.map((service) => [service, circuitOf(service, null)]),
  );

  function circuitOf(service: ServiceName, instance: string | null): Circuit {
    return new Circuit({
      rules,
      clock,
      random,
      onChange: (change) => {
        if (instance !== null) countTroubled();
        for (const listener of listeners) listener({ service, instance, ...change });
      },
      ...(instance === null && { isSpared: () => hasGoodReplica(service) }),
    });
  }

  function ofInstance(instance: Instance): Circuit {
    const known = found.get(instance);
    if (known !== undefined) return known;
    // One that the registry has dropped meanwhile gets a breaker that ends with its last request.
    const circuit =
      instances.get(instanceKey(instance)) ?? circuitOf(instance.service, instance.id);
    found.set(instance, circuit);
    return circuit;
  }

  function ofService(service: ServiceName): Circuit {
    const circuit = services.get(service);
    if (circuit === undefined) throw new Error(`There is no service ${service}.`);
    // Where Redis is away an instance is taken in again by the passing of time alone.
    if (circuit.isBlocked()) judgePresence(service, circuit);
    return circuit;
  }

  function hasGoodReplica(service: ServiceName): boolean {
    const usable = registry.usable(service);
    return usable.length > 1 && usable.some((instance) => ofInstance(instance).isWell());
  }

  function judgePresence(service: ServiceName, circuit: Circuit): void {
    if (registry.usable(service).length > 0) {
      circuit.unblock();
      return;
    }
    const known = registry.snapshot().instances.get(service) ?? [];
    if (known.length === 0) {
      circuit.block({ reason: "no_instance", detail: "no instance of it is registered" });
    } else {
      const addresses = known.map(({ host, port }) => `${host}:${port}`).join(", ");
      circuit.block({ reason: "refused", detail: `it refuses connections at ${addresses}` });
    }
  }

  function countTroubled(): void {
    troubled = 0;
    for (const circuit of instances.values()) if (circuit.state() !== "closed") troubled += 1;
  }

  function followRegistry(): void {
    const known = new Set<string>();
    for (const [service, list] of registry.snapshot().instances) {
      for (const instance of list) {
        const key = instanceKey(instance);
        known.add(key);
        if (instances.has(key)) continue;
        instances.set(key, circuitOf(service, instance.id));
        services.get(service)?.hearNew();
      }
    }
    for (const key of instances.keys()) if (!known.has(key)) instances.delete(key);
    countTroubled();
    for (const [service, circuit] of services) judgePresence(service, circuit);
  }

  registry.onChange(followRegistry);
  followRegistry();

  return {
    ofService,
    ofInstance,
    usable: (candidates) => {
      if (troubled === 0 || candidates.length < 2) return candidates;
      const good = candidates.filter((one) => ofInstance(one).accepts());
      const missing = Math.ceil(candidates.length / 2) - good.length;
      if (missing <= 0) return good;
      return [...good, ...candidates.filter((one) => !good.includes(one)).slice(0, missing)];
    },
    onChange: (listener) => void listeners.push(listener),
    tick: () => {
      for (const circuit of instances.values()) circuit.look();
      for (const [service, circuit] of services) {
        circuit.look();
        if (circuit.isBlocked()) judgePresence(service, circuit);
      }
    },
    isInDoubt: (instance) =>
      registry.isEjected(instance) ||
      ofInstance(instance).isTripped() ||
      ofService(instance.service).isTripped(),
    hearReady: (instance) => {
      registry.readmit(instance);
      ofInstance(instance).hearReady();
      ofService(instance.service).hearReady();
    },
    hearAway: (instance, againInMs, wholeService) => {
      ofInstance(instance).hearAway(againInMs);
      if (wholeService) ofService(instance.service).hearAway(againInMs);
    },
  };
}
