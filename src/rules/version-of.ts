import { logStream } from '../domain/journal.ts';
import { LIMITS } from '../limits.ts';
import type { RevertRefusal } from '../ports/rules.ts';
import type { Store } from '../ports/store.ts';
import { found } from '../workflows/log/journal.ts';

/** Which version is meant by the first digits of its digest: one that the log says was in force. */
export async function versionOf(
  log: Pick<Store, 'search'>,
  version: string,
): Promise<
  { readonly ok: true; readonly digest: string } | { readonly ok: false; readonly refusal: RevertRefusal }
> {
  const digests = new Set<string>();
  if (new RegExp(`^[0-9a-f]{${LIMITS.rulesPrefixMinChars},64}$`).test(version))
    for await (const { type, data } of found(log, { stream: logStream, types: ['RulesLoaded'] }))
      if (type === 'RulesLoaded' && data.digest.startsWith(version)) digests.add(data.digest);
  const [digest, ...others] = digests;
  if (digest === undefined) return { ok: false, refusal: { code: 'no-such-version', version } };
  if (others.length === 0) return { ok: true, digest };
  return { ok: false, refusal: { code: 'ambiguous-version', version, digests: [...digests] } };
}
