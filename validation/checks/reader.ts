import type {
  ContainerFacts,
  Evidence,
  ItemOf,
  Items,
  ItemSectionName,
  Probed,
  SectionName,
  Sections,
} from "../evidence.ts";

/** How a check gets at its facts: from where in the evidence, and as what. */
export interface Reader<T> {
  /** Dotted paths into evidence.json. */
  readonly paths: readonly string[];
  readonly read: (evidence: Evidence) => Probed<T> | undefined;
}

/** A whole section. */
export function section<Name extends SectionName>(name: Name): Reader<Sections[Name]> {
  return {
    paths: [name],
    read: (evidence) => evidence[name],
  };
}

/** One item of a section. */
export function item<Name extends ItemSectionName>(name: Name, key: string): Reader<ItemOf<Name>> {
  const items = section(name) as unknown as Reader<Items<ItemOf<Name>>>;
  return { ...inner(items, (all) => all[key]), paths: [`${name}.${key}`] };
}

/** Several items of a section, all of which must be there. */
export function all<Name extends ItemSectionName>(
  name: Name,
  keys: readonly string[],
): Reader<Readonly<Record<string, ItemOf<Name>>>> {
  const readers = keys.map((key) => ({ key, read: item(name, key).read }));
  return {
    paths: keys.map((key) => `${name}.${key}`),
    read: (evidence) => {
      const values: Record<string, ItemOf<Name>> = {};
      for (const { key, read } of readers) {
        const probed = read(evidence);
        if (probed === undefined || !("value" in probed)) return probed;
        values[key] = probed.value;
      }
      return { value: values };
    },
  };
}

/** What a probe found out by a probe of its own. */
export function inner<Outer, T>(
  outer: Reader<Outer>,
  pick: (value: Outer) => Probed<T> | undefined,
): Reader<T> {
  return {
    paths: outer.paths,
    read: (evidence) => {
      const probed = outer.read(evidence);
      return probed === undefined || !("value" in probed) ? probed : pick(probed.value);
    },
  };
}

/** Two at once; when one is missing, the reason is that one's. */
export function both<A, B>(a: Reader<A>, b: Reader<B>): Reader<readonly [A, B]> {
  return {
    paths: [...new Set([...a.paths, ...b.paths])],
    read: (evidence) => {
      const [first, second] = [a.read(evidence), b.read(evidence)];
      if (first === undefined || !("value" in first)) return first;
      if (second === undefined || !("value" in second)) return second;
      return { value: [first.value, second.value] };
    },
  };
}

/**
 * A container that exists. One that does not is reported by the check that it runs, and by no other, so that the report
 * names the cause once.
 */
export function existing(name: string): Reader<ContainerFacts> {
  return inner(item("containers", name), (state) =>
    state.exists ? { value: state } : { skipped: `${name} does not exist` },
  );
}

/** A container that runs. */
export function running(name: string): Reader<ContainerFacts> {
  return inner(existing(name), (facts) =>
    facts.status === "running" ? { value: facts } : { skipped: `${name} is not running` },
  );
}
