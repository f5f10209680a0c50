import { setImmediate as nextTurn } from 'node:timers/promises';
import { addressOf, type Base, databaseFile, openBase } from '../base.ts';
import { loadConfig } from '../config.ts';
import { logStream } from '../domain/journal.ts';
import { checkText } from '../domain/text.ts';
import { LIMITS } from '../limits.ts';
import { createLogger } from '../logger.ts';
import { refuseMissing } from '../store/sqlite/database.ts';
import { type Comparison, compareWithAnchors } from '../workflows/log/compare.ts';
import { acceptanceText } from '../workflows/log/accepted.ts';
import type { Deps } from '../workflows/deps.ts';
import { record } from '../workflows/log/journal.ts';
import { verdictOn } from '../workflows/log/verdict.ts';
import { CliError, folded, print } from './io.ts';

export interface LogAcceptOptions {
  readonly as: string;
  readonly with: string;
  readonly reason: string;
}

/**
 * Two operators take the log as it is, though anchors hold heads of another: a backup was restored. Not while a bot
 * runs: the database is open to one process alone.
 */
export async function logAccept(options: LogAcceptOptions): Promise<void> {
  const config = loadConfig();
  refuseMissing(databaseFile(config));
  const logger = createLogger({ level: 'warn', format: 'pretty' });
  const base = await openBase(config, logger, () => addressOf(config));
  try {
    const [by, approvedBy] = [operator(base, '--as', options.as), operator(base, '--with', options.with)];
    if (by === approvedBy) throw new CliError('usage', '--with: it takes two different operators');
    const reason = reasonIn(options.reason);
    const deps = base.deps([], () => {});
    const lost = acceptable(await compareWithAnchors(deps, { turn: () => nextTurn(), progress: () => {} }));
    const subject = (person: string) => deps.store.subjectOf(person, () => deps.ids.subject());
    const people = { by: await subject(by), approvedBy: await subject(approvedBy) };
    await accept(deps, lost, people, reason);
  } finally {
    await base.close();
  }
}

function operator({ catalogue }: Base, option: string, key: string): string {
  if (catalogue.people.get(key)?.operator) return key;
  throw new CliError('usage', `${option} ${key.slice(0, 60)}: that person is no operator in the catalogue`);
}

function reasonIn(text: string): string {
  const checked = checkText('reason', text, LIMITS.reasonMaxChars);
  if (checked.ok && checked.text !== '') return checked.text;
  const rule = checked.ok ? 'say why' : `it must be text of at most ${LIMITS.reasonMaxChars} characters`;
  throw new CliError('usage', `--reason: ${rule}`);
}

type Lost = Comparison & { readonly kind: 'different' };

/** What is damaged, or cannot be asked about, is not for two people to accept. */
function acceptable(comparison: Comparison): Lost {
  if (comparison.kind === 'different') return comparison;
  const verdict = verdictOn(comparison);
  if (verdict === null)
    throw new CliError('failed', 'The log is what was signed: there is nothing to accept.');
  throw new CliError('failed', `This cannot be accepted. ${verdict.detail}\n${verdict.hint}`);
}

async function accept(
  deps: Deps,
  lost: Lost,
  people: { readonly by: `s:${string}`; readonly approvedBy: `s:${string}` },
  reason: string,
): Promise<void> {
  const tree = await deps.store.head();
  const anchors = lost.against.map(({ anchor, size, root }) => ({ anchor, head: { size, root } }));
  print(folded(verdictOn(lost)?.detail ?? '', 80));
  const accepted = { tree, anchors: anchors.slice(-ACCEPTED_AT_ONCE_MAX), ...people };
  const signatures = deps.signer.signText(acceptanceText(deps.signer.origin, accepted));
  const { meta } = await record(deps, logStream, {
    type: 'TreeAccepted',
    data: { ...accepted, signatures },
    personal: { reason },
  });
  const most = Math.max(...anchors.map(({ head }) => head.size));
  print(`\nAccepted, as event ${meta.index}: ${tree.size} events, root ${tree.root.slice(0, 16)}…`);
  print(`Signed heads that are let go of: ${anchors.length}, the largest of ${most} events.`);
  print('Start the bot: it signs this log from here on. Credentials on targets that this');
  print('log does not know are told of by its next sweep.');
}

/** As many as the event holds; should there be more, it takes the command once more. */
const ACCEPTED_AT_ONCE_MAX = 500;
