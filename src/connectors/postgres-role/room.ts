import type { ConnectorContext } from '../../ports/connector.ts';
import type { Config } from './schema.ts';
import type { Target } from './target.ts';

/** What each step of the connector works with. */
export interface Room {
  readonly config: Config;
  readonly context: ConnectorContext;
  readonly target: Target;
  readonly oids: Oids;
}

/**
 * The oid that each name had. When a role is dropped by hand under a live session, that session goes on without a
 * name; only the oid tells whose it was. Kept in memory: of roles that another process made we do not know it.
 */
export interface Oids {
  of(name: string): number | null;
  learn(name: string, oid: number): void;
}

const REMEMBERED_MAX = 20_000;

export function rememberOids(): Oids {
  const known = new Map<string, number>();
  return {
    of: (name) => known.get(name) ?? null,
    learn(name, oid) {
      known.delete(name);
      known.set(name, oid);
      for (const oldest of known.keys()) {
        if (known.size <= REMEMBERED_MAX) break;
        known.delete(oldest);
      }
    },
  };
}
