import { type JournalData, logStream } from '../../domain/journal.ts';
import type { Deps } from '../deps.ts';
import { rulesCheckRow } from '../inadmissible.ts';
import { alarmRow } from './alarm.ts';
import { found, record } from './journal.ts';

type Recording = Pick<Deps, 'store' | 'clock' | 'ids'>;
type Log = Pick<Deps['store'], 'search'>;

/** One set of rules that came into force; all but the last four are the event's own. */
export interface LoadedRules extends JournalData<'RulesLoaded'> {
  /** Who wrote them, as git has it; null where it does not. */
  readonly author: string | null;
  /** Why an operator went back. */
  readonly reason: string | null;
}

/** Which rules the log knows of as in force. */
export interface RulesOnRecord {
  readonly digest: string;
  /** What the folder said when an operator went back to this version; null: nobody did, or it is the folder's again. */
  readonly revertedFrom: string | null;
}

/** Before rules were more than the catalogue, it was what was loaded. */
const LOADED = ['RulesLoaded', 'CatalogueLoaded'] as const;

export async function rulesOnRecord(log: Log): Promise<RulesOnRecord | null> {
  let last: RulesOnRecord | null = null;
  for await (const { type, data } of found(log, { stream: logStream, types: LOADED })) {
    if (type === 'RulesLoaded') last = { digest: data.digest, revertedFrom: leftBehind(last, data) };
    if (type === 'CatalogueLoaded') last = { digest: data.digest, revertedFrom: null };
  }
  return last;
}

/** Of several steps back, one after the other, the first left what the folder says. */
function leftBehind(before: RulesOnRecord | null, { cause, digest, previous }: JournalData<'RulesLoaded'>) {
  if (cause !== 'reverted') return null;
  const from = before?.revertedFrom ?? previous;
  return from === digest ? null : from;
}

/**
 * Puts on record that other rules are in force from here on. In the same transaction: that people are told, and that
 * what was granted before is held against them.
 */
export async function recordRules(deps: Recording, loaded: LoadedRules): Promise<void> {
  const { author, reason, ...data } = loaded;
  const { digest, previous, cause, by } = data;
  const now = deps.clock.now();
  const personal = { ...(author !== null && { author }), ...(reason !== null && { reason }) };
  const alarm = {
    what: 'rules-loaded',
    digest,
    cause,
    changes: summaryOf(data.changes),
    by: by ?? '',
  } as const;
  const told = alarmRow(alarm, 'rules', `${digest}/${now}`, now);
  const due = previous === null ? [] : [{ put: told }, { put: rulesCheckRow(digest, previous, now) }];
  await record(deps, logStream, { type: 'RulesLoaded', data, personal }, { due });
}

/** `2 added, 1 changed: policy/forbid.freeze, …`. */
export function summaryOf({ added, removed, changed, more }: LoadedRules['changes']): string {
  const counts = [
    [added.length, 'added'],
    [removed.length, 'removed'],
    [changed.length, 'changed'],
    [more, 'more'],
  ] as const;
  const said = counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]));
  const ids = [...added, ...removed, ...changed];
  const named = ids.slice(0, NAMED_MAX).join(', ') + (ids.length > NAMED_MAX ? ', …' : '');
  return said.length === 0 ? '' : `${said.join(', ')}: ${named}`;
}
const NAMED_MAX = 6;

/** A folder that cannot be used. `folder`: digest of its bytes; `lines`: its first problems, in our own words. */
export interface RefusedRules {
  readonly folder: string;
  readonly problems: number;
  readonly lines: readonly string[];
  readonly keeping: string;
}

/** On record once for the same bytes, and told with it. */
export async function recordRefusal(deps: Recording, refused: RefusedRules): Promise<void> {
  const { folder, problems, lines, keeping } = refused;
  for await (const { type, data } of found(deps.store, { stream: logStream, types: ['RulesRefused'] }))
    if (type === 'RulesRefused' && data.digest === folder) return;
  const now = deps.clock.now();
  const detail = lines.join('\n') + (problems > lines.length ? `\nand ${problems - lines.length} more` : '');
  const alarm = { what: 'rules-refused', detail, hint: HINT, keeping } as const;
  const due = [{ put: alarmRow(alarm, 'rules', folder, now) }];
  const data = { digest: folder, problems, keeping };
  await record(deps, logStream, { type: 'RulesRefused', data, personal: { detail } }, { due });
}

const HINT = 'Mend the folder; countersign policy check says where and how.';

/** The folder can be used again, and says what is in force. */
export const mendedRow = (digest: string, now: number) =>
  alarmRow({ what: 'rules-working', digest }, 'rules', `${digest}/${now}`, now);
