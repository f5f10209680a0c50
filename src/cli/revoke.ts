import { loadConfig } from '../config.ts';
import type { RequestState } from '../domain/state.ts';
import type { RequestId } from '../domain/values.ts';
import { createLogger } from '../logger.ts';
import { databaseFile } from '../base.ts';
import { openMaintenance } from './maintenance.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import { systemClock } from '../system.ts';
import { CliError, EXIT, folded, print } from './io.ts';
import { orderBot } from './orders.ts';

interface RevokeOptions {
  readonly as: string;
  readonly reason: string;
  readonly wait: string;
}

const POLL_MS = 200;
const WAIT_MAX_S = 3_600;

/** Ends a grant: through the running bot, or, when none runs, by doing its work here until the proof is there. */
export async function revokeCommand(id: RequestId, options: RevokeOptions): Promise<void> {
  const waitS = Number(options.wait);
  if (!(waitS >= 0 && waitS <= WAIT_MAX_S))
    throw new CliError('usage', `--wait ${options.wait}: expected seconds, at most ${WAIT_MAX_S}`);
  const config = loadConfig();
  const wanted = { order: 'revoke', request: id, as: options.as, reason: options.reason } as const;
  const sent = await orderBot(config, wanted);
  if (sent !== null) {
    accepted(id, sent);
    await using reader = await openSqliteReader(databaseFile(config));
    return tell(id, await untilClosed(() => reader.request(id), waitS));
  }
  print('No bot is running: doing its work here until the removal is proven.');
  await using maintenance = await openMaintenance(config, createLogger({ level: 'warn', format: 'pretty' }));
  accepted(id, await maintenance.carryOut(wanted));
  tell(id, await untilClosed(() => maintenance.store.request(id), waitS));
}

const REFUSED: Readonly<Record<string, string>> = {
  'not-an-operator': 'that person is no operator in the catalogue; name one with --as',
  'no-such-request': 'there is no such request; see: countersign request list',
  'wrong-phase': 'it has no access to end; see: countersign request show',
  'may-not-revoke': 'that person may not end it',
  'text-too-long': 'the reason is too long; say it in 500 characters',
};

function accepted(id: RequestId, answer: { kind: string; code?: string }): void {
  if (answer.kind !== 'refused') return;
  const code = answer.code ?? '';
  throw new CliError(code === 'no-such-request' ? 'notFound' : 'failed', `${id}: ${REFUSED[code] ?? code}`);
}

async function untilClosed(
  look: () => Promise<RequestState | null>,
  waitS: number,
): Promise<RequestState | null> {
  const until = systemClock.now() + waitS * 1_000;
  for (;;) {
    const state = await look();
    if (state?.closedAt !== null || systemClock.now() >= until) return state;
    await systemClock.wait(POLL_MS);
  }
}

function tell(id: RequestId, state: RequestState | null): void {
  const proof = state?.revocation?.proof;
  if (proof) {
    print(folded(`${id}: gone. ${proof.method}; ${proof.liveSessions} sessions left.`, 80));
    return;
  }
  if (state !== null && state.closedAt !== null) {
    print(`${id}: ended before anything was made (${state.phase}).`);
    return;
  }
  print(`${id}: its removal is not proven yet; the bot goes on trying.`);
  print(`See: countersign request show ${id}`);
  process.exitCode = EXIT.failed;
}
