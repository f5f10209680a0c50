import { dirname } from 'node:path';
import { LIMITS } from '../limits.ts';
import { changesBetween, noChanges } from '../policy/changes.ts';
import { loadRules } from '../policy/load.ts';
import type { Rules } from '../policy/rules.ts';
import type { Logger } from '../ports/logger.ts';
import type { PolicyEngine } from '../ports/policy.ts';
import type { Reverted, RevertRefusal, RulesInForce } from '../ports/rules.ts';
import type { Deps } from '../workflows/deps.ts';
import { type LoadedRules, mendedRow, recordRefusal, recordRules } from '../workflows/log/rules-loaded.ts';
import { bytesOf } from './folder.ts';
import { authorshipOf } from './git.ts';
import { type Problems, problemsOf } from './problems.ts';
import { attempt, type Start, startingRules } from './start.ts';
import { versionOf } from './version-of.ts';
import type { Versions } from './versions.ts';

export interface KeeperParts extends Pick<Deps, 'store' | 'clock' | 'ids'> {
  readonly catalogueFile: string;
  readonly versions: Versions;
  readonly logger: Logger;
  /** Whether connectors open and take what these rules give. Throws CatalogueError and ConnectorFault. */
  readonly check: (rules: Rules) => Promise<void>;
  /** What such rules say, by today's groups. */
  readonly engineOver: (rules: Rules) => PolicyEngine;
}

type Order = Parameters<RulesInForce['revert']>[0];

/**
 * The rules in force, and what brings others: the folder when its bytes change, and an operator who goes back. Others
 * are in force at once and for everything, as all ask `current()` anew; and only when they are kept and on record.
 *
 * The folder is looked at every few seconds. The system's own notices (fs.watch) do not come from network and bind
 * mounts, stay with the old file when an editor or a mounted configuration puts another in its place, and are not worth
 * two ways of finding out.
 */
export class RulesKeeper implements RulesInForce {
  readonly #parts: KeeperParts;
  #rules: Rules;
  #start: Start | null;
  #revertedFrom: string | null;
  /** The bytes that were judged last, why they were refused (null: they were not), and when. */
  #judged: { readonly bytes: string; readonly refused: unknown; readonly at: number };
  /** Other bytes, seen once. */
  #seen: string | null = null;
  /** What is under way: looks and orders take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  #older: { readonly digest: string; readonly engine: Promise<PolicyEngine | null> } | null = null;
  #loaded: () => void = () => {};

  private constructor(parts: KeeperParts, start: Start) {
    this.#parts = parts;
    this.#start = start;
    this.#rules = start.rules;
    this.#revertedFrom = start.onRecord?.revertedFrom ?? null;
    this.#judged = { bytes: start.bytes, refused: start.refused, at: parts.clock.now() };
    if (start.refused === null) this.#warn(start.rules);
    else this.#complain(start.refused);
  }

  /** Throws CatalogueError where neither the folder nor what was in force can be used, and RulesError. */
  static async open(parts: KeeperParts): Promise<RulesKeeper> {
    const { store, ...rest } = parts;
    return new RulesKeeper(parts, await startingRules({ ...rest, log: store }));
  }

  current(): Rules {
    return this.#rules;
  }

  /** For the figures. */
  isRefused(): boolean {
    return this.#judged.refused !== null;
  }

  onInadmissible(): 'revoke' | 'flag' {
    return this.#rules.catalogue.onInadmissible;
  }

  /** Called each time others are in force. */
  whenLoaded(call: () => void): void {
    this.#loaded = call;
  }

  /**
   * Whether the connectors take the rules of the start; those that were in force before are taken where they do not.
   * Throws what is wrong where there are none.
   */
  async checkStart(): Promise<void> {
    const { check, versions, clock } = this.#parts;
    const checked = await attempt(() => check(this.#rules));
    if (checked.ok) return;
    const digest = this.#start?.onRecord?.digest ?? this.#rules.digest;
    const before = digest === this.#rules.digest ? null : await versions.load(digest);
    if (before === null) throw checked.error;
    await check(before);
    this.#rules = before;
    this.#judged = { bytes: this.#judged.bytes, refused: checked.error, at: clock.now() };
    this.#complain(checked.error);
  }

  /** Puts on record what is in force since the start. To be called once the log may be written. */
  begin(): Promise<void> {
    return this.#inTurn(() => this.#begin());
  }

  /** One look at the folder: what is the same for two looks in a row is no half-written edit. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      const { catalogueFile, clock } = this.#parts;
      const bytes = await bytesOf(catalogueFile);
      const isOld = bytes === this.#judged.bytes;
      const isRetry = this.isRefused() && clock.now() - this.#judged.at >= LIMITS.rulesRetryMs;
      const isSettled = isOld ? isRetry : bytes === this.#seen;
      this.#seen = isOld ? null : bytes;
      if (isSettled) await this.#judge(bytes);
    });
  }

  /** Someone says that the folder is ready. */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const { catalogueFile, logger } = this.#parts;
      if (this.#start === null) await this.#judge(await bytesOf(catalogueFile));
      else logger.warn({}, 'no other rules come into force while only ending access works');
    });
  }

  /** Looks until stopped. */
  watch(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    const watching = async (): Promise<void> => {
      while (!signal.aborted) {
        await clock.wait(LIMITS.rulesPollMs, signal);
        if (signal.aborted) return;
        await this.look().catch((error: unknown) =>
          logger.error({ error }, 'the folder of rules could not be looked at; it is tried again'),
        );
      }
    };
    return watching();
  }

  revert(order: Order): Promise<Reverted> {
    return this.#inTurn(async () => {
      await this.#begin();
      return this.#revert(order);
    });
  }

  engineOf(digest: string): Promise<PolicyEngine | null> {
    const { engineOver, versions } = this.#parts;
    if (digest === this.#rules.digest) return Promise.resolve(engineOver(this.#rules));
    if (this.#older?.digest !== digest) {
      const load = async () => {
        const rules = await versions.load(digest);
        return rules && engineOver(rules);
      };
      this.#older = { digest, engine: load() };
    }
    return this.#older.engine;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #begin(): Promise<void> {
    const start = this.#start;
    if (start === null) return;
    const { versions } = this.#parts;
    await versions.keep(this.#rules);
    const previous = start.onRecord?.digest ?? null;
    if (previous !== this.#rules.digest) {
      const before = previous === null ? null : await versions.load(previous);
      await this.#record('start', previous, before, null);
      this.#revertedFrom = null;
    }
    if (this.isRefused()) await this.#recordRefusal();
    this.#start = null;
    await this.#prune([this.#rules.digest]);
  }

  async #judge(bytes: string): Promise<void> {
    const { catalogueFile, check, clock, store, logger } = this.#parts;
    const loaded = await attempt(async () => {
      const rules = await loadRules(catalogueFile);
      if (rules.digest !== this.#rules.digest) await check(rules);
      return rules;
    });
    // It was written to meanwhile: what was loaded may be half of it.
    if ((await bytesOf(catalogueFile)) !== bytes) return;
    if (!loaded.ok) return this.#refuse(bytes, loaded.error);
    const wasRefused = this.isRefused();
    const { digest } = loaded.value;
    if (digest === this.#revertedFrom)
      logger.warn(
        { rules: this.#rules.digest },
        'the folder says what an operator went back from: they stay',
      );
    if (digest !== this.#rules.digest && digest !== this.#revertedFrom)
      await this.#adopt(loaded.value, 'changed', null);
    else if (wasRefused) {
      await store.put([mendedRow(this.#rules.digest, clock.now())]);
      logger.info({ rules: this.#rules.digest }, 'the folder of rules can be used again');
    }
    this.#judged = { bytes, refused: null, at: clock.now() };
  }

  async #refuse(bytes: string, refused: unknown): Promise<void> {
    const before = this.#judged;
    this.#judged = { bytes, refused, at: this.#parts.clock.now() };
    if (bytes !== before.bytes || String(refused) !== String(before.refused)) this.#complain(refused);
    await this.#recordRefusal();
  }

  async #revert({ version, by, reason }: Order): Promise<Reverted> {
    const refused = (refusal: RevertRefusal): Reverted => ({ kind: 'refused', refusal });
    const found = await versionOf(this.#parts.store, version);
    if (!found.ok) return refused(found.refusal);
    const { digest } = found;
    const previous = this.#rules.digest;
    if (digest === previous) return refused({ code: 'in-force-already', digest });
    const rules = await this.#parts.versions.load(digest);
    if (rules === null) return refused({ code: 'version-not-kept', digest });
    const checked = await attempt(() => this.#parts.check(rules));
    if (!checked.ok) {
      const [problem = ''] = this.#problemsOf(checked.error).lines;
      return refused({ code: 'version-unusable', digest, problem });
    }
    await this.#adopt(rules, 'reverted', { by, reason });
    return { kind: 'reverted', digest, previous };
  }

  /** Kept, then on record, then in force: whatever decides something can be shown. */
  async #adopt(rules: Rules, cause: 'changed' | 'reverted', order: Pick<Order, 'by' | 'reason'> | null) {
    const { versions } = this.#parts;
    const before = this.#rules;
    await versions.keep(rules);
    await this.#record(cause, before.digest, before, order, rules);
    const from = order === null ? null : (this.#revertedFrom ?? before.digest);
    this.#rules = rules;
    this.#revertedFrom = from === rules.digest ? null : from;
    this.#warn(rules);
    this.#loaded();
    await this.#prune([rules.digest, before.digest]);
  }

  /** Too many are no reason for not going on. */
  async #prune(inForce: readonly string[]): Promise<void> {
    const { versions, logger } = this.#parts;
    await versions.prune(inForce).catch((error: unknown) => {
      logger.warn({ error: String(error) }, 'old versions of the rules could not be removed');
    });
  }

  async #record(
    cause: LoadedRules['cause'],
    previous: string | null,
    before: Rules | null,
    order: Pick<Order, 'by' | 'reason'> | null,
    rules: Rules = this.#rules,
  ): Promise<void> {
    const { catalogueFile, logger } = this.#parts;
    const written =
      cause === 'reverted'
        ? { commit: null, author: null }
        : await authorshipOf(dirname(catalogueFile), [...rules.files.keys()]);
    const changes = before === null ? noChanges : changesBetween(before, rules);
    const { by = null, reason = null } = order ?? {};
    const { digest } = rules;
    await recordRules(this.#parts, { digest, previous, cause, by, reason, changes, ...written });
    logger.warn({ rules: digest, previous, cause, changes }, 'other rules are in force');
  }

  #recordRefusal(): Promise<void> {
    const { bytes, refused } = this.#judged;
    return recordRefusal(this.#parts, {
      folder: bytes,
      keeping: this.#rules.digest,
      ...this.#problemsOf(refused),
    });
  }

  #complain(error: unknown): void {
    const { problems, lines } = this.#problemsOf(error);
    this.#parts.logger.error(
      { problems, first: lines, keeping: this.#rules.digest },
      'the folder of rules is refused; those before stay in force',
    );
  }

  #problemsOf(error: unknown): Problems {
    return problemsOf(error, dirname(this.#parts.catalogueFile));
  }

  #warn({ catalogue }: Rules): void {
    for (const { file, line, path, message } of catalogue.warnings)
      this.#parts.logger.warn({ file, line, path }, message);
  }
}
