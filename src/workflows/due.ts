import { requestId } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { Claim, Lane } from '../ports/store.ts';
import { tellOperators } from './log/alarm.ts';
import type { Deps } from './deps.ts';
import { escalateStage } from './escalate.ts';
import { showErasure } from './log/erasure-card.ts';
import { showHome } from './home.ts';
import { checkGrants } from './inadmissible.ts';
import { performForLog } from './log/work.ts';
import { showRequest } from './notify.ts';
import { extendGrant, provision, startGrant } from './provision.ts';
import type { WorkKind } from './react.ts';
import { backoffMs } from './retry.ts';
import { revokeGrant, undo, verifyGone } from './revoke.ts';
import { timed } from './timed.ts';
import type { WorkResult } from './work.ts';

/** Does one piece of due work. Every kind that `react` puts is here: the switch is the register. */
export async function perform(deps: Deps, claim: Claim): Promise<WorkResult> {
  if (claim.lane === 'log' || claim.lane === 'follow') return performForLog(deps, claim);
  const kind = claim.kind as WorkKind;
  if (kind === 'home') return showHome(deps, claim);
  if (kind === 'alarm') return tellOperators(deps, claim);
  if (kind === 'erasure') return showErasure(deps, claim);
  if (kind === 'rules-check') return checkGrants(deps, claim);
  const id = requestId.parse(claim.stream.replace(/^request\//, ''));
  switch (kind) {
    case 'lapse':
    case 'lapse-extension':
    case 'remind':
    case 'warn':
    case 'expire':
      return timed(deps, claim, id, kind);
    case 'escalate':
      return escalateStage(deps, claim, id);
    case 'start':
      return startGrant(deps, claim, id);
    case 'provision':
      return provision(deps, claim, id);
    case 'extend':
      return extendGrant(deps, claim, id);
    case 'revoke':
      return revokeGrant(deps, claim, id);
    case 'verify':
      return verifyGone(deps, claim, id);
    case 'undo':
      return undo(deps, claim, id);
    case 'show':
      return showRequest(deps, claim, id);
    default:
      throw new Error(`no such due work: ${String(kind satisfies never)}`);
  }
}

const CONCURRENCY: Readonly<Record<Lane, number>> = {
  revocation: LIMITS.revocationConcurrency,
  access: LIMITS.accessConcurrency,
  chat: LIMITS.chatConcurrency,
  log: LIMITS.logConcurrency,
  follow: LIMITS.followConcurrency,
};
const SETTLE_ATTEMPTS_MAX = 5;

/** What has run for longer waits for an answer that may not come: it does not count towards its lane's bound. */
const SLOW_MS = 2_000;
/** All of a lane, slow work included, in multiples of its bound. */
const RUNNING_MAX = 4;
/**
 * A target with so many slow calls is left alone for a moment, so that work for others gets its turn. Work that is put
 * off has been claimed: in such an outage the attempts on record are too many, never too few.
 */
const SLOW_PER_TARGET_MAX = 4;

/** How long others step back for a burst of revocations at the most, and how soon they look whether it is over. */
const BURST_MAX_MS = 2_000;
const STEP_BACK_MS = 100;

interface Running {
  readonly work: Promise<void>;
  readonly target: string | number | null;
  readonly since: number;
}
const targetOf = (claim: Claim): Running['target'] => claim.detail?.['target'] ?? null;
const LANES = Object.keys(CONCURRENCY) as readonly Lane[];

export interface Worker {
  /** Something was put that may be due: look now. */
  wake(): void;
  /** Takes no more work and resolves when what was begun has ended. */
  drain(): Promise<void>;
}

/** Works the lanes of the queue, each with its own bound, until drained. Nothing lives here but what is being done. */
export function startWorker(deps: Deps, only: readonly Lane[] = LANES): Worker {
  const loops = new Map<Lane, LaneLoop>();
  // Telling takes far longer than ending, and both take turns on one thread: a burst of endings goes first.
  const inBurst = (): boolean => loops.get('revocation')?.isInBurst() ?? false;
  for (const lane of only) loops.set(lane, new LaneLoop(deps, lane, lane === 'chat' ? inBurst : () => false));
  const lanes = [...loops.values()];
  return {
    wake: () => lanes.forEach((lane) => lane.wake()),
    drain: async () => void (await Promise.all(lanes.map((lane) => lane.drain()))),
  };
}

class LaneLoop {
  readonly #deps: Deps;
  readonly #lane: Lane;
  readonly #running = new Map<string, Running>();
  /** Claims whose key is still being worked on; only the newest of a key matters, for it replaced the others. */
  readonly #next = new Map<string, Claim>();
  readonly #loop: Promise<void>;
  readonly #stepsBack: () => boolean;
  /** Since when there has been more to do than room for it. */
  #fullSince: number | null = null;
  #nap = new AbortController();
  #draining = false;

  /** `stepsBack`: whether to begin nothing at the moment, for the sake of another lane. */
  constructor(deps: Deps, lane: Lane, stepsBack: () => boolean) {
    this.#deps = deps;
    this.#lane = lane;
    this.#stepsBack = stepsBack;
    this.#loop = this.#run();
  }

  wake(): void {
    this.#nap.abort();
  }

  /** A lane that stays full, as when its target hangs, is in no burst: nobody waits for it for ever. */
  isInBurst(): boolean {
    return this.#fullSince !== null && this.#deps.clock.now() - this.#fullSince < BURST_MAX_MS;
  }

  async drain(): Promise<void> {
    this.#draining = true;
    this.wake();
    await this.#loop;
    await Promise.all([...this.#running.values()].map((each) => each.work));
  }

  async #run(): Promise<void> {
    while (!this.#draining) {
      this.#nap = new AbortController();
      const { signal } = this.#nap;
      const waitMs = await this.#round().catch((error: unknown) => {
        this.#deps.logger.error(
          { lane: this.#lane, error: messageOf(error) },
          'due work could not be claimed',
        );
        return LIMITS.pollMs;
      });
      if (waitMs > 0 && !this.#draining) await this.#deps.clock.wait(waitMs, signal);
    }
  }

  /** Claims what is due and there is room for; answers how long nothing will be due, at most one poll. */
  async #round(): Promise<number> {
    const { store, clock } = this.#deps;
    if (this.#stepsBack()) return STEP_BACK_MS;
    const slow = [...this.#running.values()].filter((each) => clock.now() - each.since > SLOW_MS);
    const room = this.#room(slow.length);
    if (room <= 0) return LIMITS.pollMs;
    const claims = await store.claim(this.#lane, clock.now(), room, LIMITS.claimHoldMs);
    const stuck = (claim: Claim): boolean =>
      slow.filter((each) => each.target !== null && each.target === targetOf(claim)).length >=
      SLOW_PER_TARGET_MAX;
    const later = clock.now() + LIMITS.pollMs;
    for (const claim of claims) if (!stuck(claim)) this.#begin(claim);
    // After the others have begun: a store that refuses this must not have them sit out their claims.
    await Promise.all(claims.filter(stuck).map((claim) => store.retry(claim, later)));
    this.#fullSince = claims.length === room ? (this.#fullSince ?? clock.now()) : null;
    if (claims.length === room) return this.#room(slow.length) > 0 ? 0 : LIMITS.pollMs;
    const next = await store.nextAt(this.#lane);
    if (next === null) return LIMITS.pollMs;
    return Math.max(0, Math.min(LIMITS.pollMs, next - clock.now()));
  }

  #room(slow: number): number {
    const most = CONCURRENCY[this.#lane];
    const running = this.#running.size;
    return Math.min(most - (running - slow), most * RUNNING_MAX - running);
  }

  /** A row put anew can be claimed while its work is running. Two runs of one key would both send what is missing. */
  #begin(claim: Claim): void {
    const { key } = claim;
    if (this.#running.has(key)) {
      this.#next.set(key, claim);
      return;
    }
    const work = this.#do(claim).finally(() => {
      this.#running.delete(key);
      const next = this.#next.get(key);
      this.#next.delete(key);
      if (next !== undefined && !this.#draining) this.#begin(next);
      this.wake();
    });
    this.#running.set(key, { work, target: targetOf(claim), since: this.#deps.clock.now() });
  }

  async #do(claim: Claim): Promise<void> {
    const { logger, clock, jitter } = this.#deps;
    const result = await perform(this.#deps, claim).catch((error: unknown): WorkResult => {
      const { key: work, attempts } = claim;
      logger.error({ work, attempts, error: messageOf(error) }, 'due work failed');
      return { kind: 'retry', at: clock.now() + backoffMs(attempts, jitter) };
    });
    await this.#settle(claim, result);
  }

  /** Where the store cannot take it for longer, the claim runs out and the row is taken again: late, never lost. */
  async #settle(claim: Claim, result: WorkResult): Promise<void> {
    const { store, logger, clock, jitter } = this.#deps;
    for (let attempt = 1; attempt <= SETTLE_ATTEMPTS_MAX; attempt += 1) {
      try {
        if (result.kind === 'complete') await store.complete(claim);
        if (result.kind === 'retry') await store.retry(claim, result.at);
        return;
      } catch (error) {
        const { key: work } = claim;
        logger.error({ work, attempt, error: messageOf(error) }, 'due work could not be settled');
        if (this.#draining) return;
        await clock.wait(backoffMs(attempt, jitter));
      }
    }
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
