import { type JournalData, logStream } from '../domain/journal.ts';
import type { Phase } from '../domain/state.ts';
import { type ConnectorSnapshot, sameJson } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { Deps } from './deps.ts';
import { found, record } from './log/journal.ts';
import { row } from './react.ts';
import { bounded, faultOf } from './retry.ts';

export interface Sweep {
  /** Credentials on the target whose grant is closed: they are being removed again. */
  readonly late: readonly string[];
  /** Credentials with our prefix that no event knows: reported, and left for a person to judge. */
  readonly unknown: readonly string[];
}

const CLOSED: ReadonlySet<Phase> = new Set<Phase>(['revoked', 'failed']);

/**
 * What the target has and the log does not. A name that follows from a closed grant came late and is undone; a
 * name nobody knows may be another's (a restored backup, a second installation), so it is never removed here.
 */
async function sweep(deps: Deps, connector: ConnectorSnapshot): Promise<Sweep> {
  const signal = deps.deadline(LIMITS.connectorCallTimeoutMs);
  const opened = await deps.connectors.open(connector);
  const owned = await bounded(opened.listOwned(signal), signal);
  const late: string[] = [];
  const unknown: string[] = [];
  for (const { name } of owned) {
    const state = await deps.store.requestOfCredential(name);
    if (state === null) unknown.push(name);
    else if (CLOSED.has(state.phase)) {
      late.push(name);
      await deps.store.put([row(state, 'undo', deps.clock.now())]);
    }
  }
  return { late, unknown };
}

/** What a sweep found, on record once for as long as it is found again. */
async function recordDrift(deps: Deps, connector: string, { late, unknown }: Sweep): Promise<void> {
  const cut = (names: readonly string[]): string[] => names.toSorted().slice(0, LIMITS.driftNamesMax);
  const drift = { connector, late: cut(late), unknown: cut(unknown) };
  let last: JournalData<'DriftFound'> = { connector, late: [], unknown: [] };
  for await (const { type, data } of found(deps.store, { stream: logStream, types: ['DriftFound'] }))
    if (type === 'DriftFound' && data.connector === connector) last = data;
  if (!sameJson(drift, last)) await record(deps, logStream, { type: 'DriftFound', data: drift });
}

/** Sweeps every connector; one that cannot be reached is told of and does not keep the others from it. */
export async function sweepAll(deps: Deps, connectors: Iterable<ConnectorSnapshot>): Promise<void> {
  for (const connector of connectors) {
    try {
      const { late, unknown } = await sweep(deps, connector);
      if (late.length > 0)
        deps.logger.warn({ connector: connector.id, late }, 'credentials outlived their grants');
      if (unknown.length > 0)
        deps.logger.error({ connector: connector.id, unknown }, 'credentials of ours that no event knows');
      await recordDrift(deps, connector.id, { late, unknown });
    } catch (error) {
      deps.logger.warn({ connector: connector.id, ...faultOf(error) }, 'a target could not be swept');
    }
  }
}
