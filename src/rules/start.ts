import { loadRules } from '../policy/load.ts';
import type { Rules } from '../policy/rules.ts';
import type { Store } from '../ports/store.ts';
import { type RulesOnRecord, rulesOnRecord } from '../workflows/log/rules-loaded.ts';
import { bytesOf } from './folder.ts';
import type { Versions } from './versions.ts';

/** Which rules are in force when nothing runs yet, and what is the matter with the folder. */
export interface Start {
  readonly rules: Rules;
  readonly onRecord: RulesOnRecord | null;
  /** Digest of the folder's bytes, as they were judged. */
  readonly bytes: string;
  /** Why the folder is not used; null: it is, or it says what an operator went back from. */
  readonly refused: unknown;
}

/** An operator went back to rules that are not kept any more, and the folder still says what they went back from. */
export class RulesError extends Error {
  readonly code = 'rules_lost';
  readonly hint =
    'Put into the folder what shall be in force: as soon as it says something else, it counts again.';
  constructor(digest: string) {
    super(
      `the rules ${digest.slice(0, 12)}, to which an operator went back, are not kept any more or were changed`,
    );
    this.name = 'RulesError';
  }
}

export interface StartParts {
  readonly catalogueFile: string;
  readonly versions: Pick<Versions, 'load'>;
  readonly log: Pick<Store, 'search'>;
}

/**
 * What the folder says; unless it is what an operator went back from, or cannot be used: then what the log knows of as
 * in force, so that access goes on ending. Throws what is wrong with the folder where there is nothing else.
 */
export async function startingRules({ catalogueFile, versions, log }: StartParts): Promise<Start> {
  const bytes = await bytesOf(catalogueFile);
  const folder = await attempt(() => loadRules(catalogueFile));
  const onRecord = await rulesOnRecord(log);
  const kept = async (): Promise<Rules | null> =>
    onRecord === null ? null : await versions.load(onRecord.digest);
  if (!folder.ok) {
    const rules = await kept();
    if (rules === null) throw folder.error;
    return { rules, onRecord, bytes, refused: folder.error };
  }
  if (onRecord === null || onRecord.revertedFrom !== folder.value.digest)
    return { rules: folder.value, onRecord, bytes, refused: null };
  const rules = await kept();
  if (rules === null) throw new RulesError(onRecord.digest);
  return { rules, onRecord, bytes, refused: null };
}

export type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

export async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error };
  }
}
