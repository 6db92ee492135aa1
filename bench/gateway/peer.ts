/** A gateway under measurement. */
export interface Peer {
  /** Short, for files and options: `traefik`. */
  readonly name: string;
  /** For people: "Traefik 3.7.15". */
  readonly title: string;
  /** Where it counts requests a user: `memory` is less work than the others do. */
  readonly limitIn: "redis" | "memory";
  /** Says 200 when it has warmed up. @default only a proxied request is tried */
  readonly readyPath?: string;
  /** Fetches or builds what it needs into the cache; what is there already is kept. */
  install(cache: Cache): Promise<void>;
  /** Writes its configuration, and says which processes it consists of. */
  configure(setup: Setup): Promise<readonly Program[]>;
}

/** One process of a peer. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The folder in which installed peers live between runs. */
export interface Cache {
  readonly dir: string;
  /** A peer's own folder in the repository: its package.json, its program. */
  readonly peersDir: string;
}

/** What a peer is to do. All ports are on 127.0.0.1. */
export interface Setup extends Cache {
  /** A folder of its own for configuration. */
  readonly workDir: string;
  readonly port: number;
  readonly adminPort: number;
  readonly redisPort: number;
  readonly upstreamPort: number;
  /** Two more ports, free. */
  readonly sparePorts: readonly [number, number];
  /** Requests of one user in a minute. */
  readonly perMinute: number;
}

/** The path that is asked for in all measurements; the upstream answers it with 1 KiB. */
export const itemPath = "/api/v1/trading/item";
