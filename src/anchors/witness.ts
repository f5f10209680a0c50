import { readDecimal } from '../audit/encoding.ts';
import { AuditError } from '../audit/error.ts';
import { parseVkey, type VerifierKey, verifyNote } from '../audit/note.ts';
import { readSignature } from '../audit/signature.ts';
import { formatAddCheckpoint } from '../audit/witness.ts';
import { type Anchor, type AnchoredHead, AnchorFault } from '../ports/anchor.ts';
import type { SignedCheckpoint } from '../ports/audit-log.ts';
import { type Answer, post, refusedWith } from './http.ts';

export interface WitnessOptions {
  /** Its submission prefix. */
  readonly url: string;
  /** Of type 4: what it cosigns with. */
  readonly vkey: string;
  /** The newest head that this log has signed: with it the witness is asked how far it has seen. */
  readonly newest: () => Promise<Pick<SignedCheckpoint, 'size' | 'note'> | null>;
}

/** A C2SP witness (tlog-witness): it cosigns a head only when it follows from all it has seen. The receipt is that line. */
export function createWitness({ url, vkey, newest }: WitnessOptions): Anchor {
  const key = parseVkey(vkey);
  const what = `witness ${key.name}`;
  /** As far as it has told us, so that most heads take one request. */
  let seen = 0;

  const submit = (old: number, proof: readonly string[], note: string, signal: AbortSignal) => {
    const hashes = proof.map((each) => Buffer.from(each, 'base64'));
    const body = formatAddCheckpoint({ old, proof: hashes, checkpoint: note });
    return post({ what, url: `${url}/add-checkpoint`, type: 'text/plain; charset=utf-8', body }, signal);
  };

  const add = async (head: AnchoredHead, signal: AbortSignal): Promise<Answer> => {
    let old = Math.min(seen, head.size);
    for (let tries = 0; tries < SUBMISSIONS_MAX; tries += 1) {
      const proof = old === 0 || old === head.size ? [] : await head.proofFrom(old);
      const answer = await submit(old, proof, head.note, signal);
      if (answer.status !== 409) return answer;
      seen = sizeIn(what, answer, old);
      if (seen > head.size) throw conflict(what, `a tree of ${seen} events, and this one has ${head.size}`);
      old = seen;
    }
    throw new AnchorFault('unreachable', `the ${what} is being told of other heads of this log`, ALONE);
  };

  return {
    name: `witness:${key.name}`,
    async publish(head, signal) {
      const answer = await add(head, signal);
      if (answer.status === 422) throw conflict(what, 'a tree that this one does not follow from');
      if (answer.status !== 200) throw refusedWith(what, answer, UNKNOWN_LOG);
      const cosignature = cosignatureIn(what, head.note, answer.body.toString('utf8'), key);
      seen = head.size;
      return cosignature;
    },
    async held(signal) {
      const head = await newest();
      if (head === null) return [];
      const answer = await submit(head.size, [], head.note, signal);
      if (answer.status !== 200 && answer.status !== 409) throw refusedWith(what, answer, UNKNOWN_LOG);
      seen = answer.status === 200 ? head.size : sizeIn(what, answer, head.size);
      return [{ kind: 'size', size: seen }];
    },
  };
}

/** One to hear how far it is, one from there, and one more should another head have come between. */
const SUBMISSIONS_MAX = 3;

const UNKNOWN_LOG =
  'Give its operator the origin and keys of this log (countersign keys list), or check COUNTERSIGN_WITNESS_URL.';
const ALONE = 'See that no other Countersign runs with the same keys.';

const conflict = (what: string, it: string): AnchorFault =>
  new AnchorFault('conflict', `the ${what} has seen ${it}`, LOST_TREE);
const LOST_TREE =
  'It will never take this tree. Find out why; if a backup was restored, begin with its operator under a new origin.';

/**
 * What a 409 says: "the tree size of the latest cosigned checkpoint in decimal, followed by a newline". One that says
 * what was said to it, or nothing, is about the root: "If the old size matches the checkpoint size, the witness MUST
 * check that the root hashes are also identical."
 */
function sizeIn(what: string, { type, body }: Answer, old: number): number {
  const text = body.toString('latin1');
  const size = type === 'text/x.tlog.size' && text.endsWith('\n') ? readDecimal(text.slice(0, -1)) : null;
  if (size === null || size === old) throw conflict(what, `another tree of ${old} events`);
  return size;
}

/** "The client MUST ignore any cosignatures from unknown keys." */
function cosignatureIn(what: string, note: string, lines: string, key: VerifierKey): string {
  try {
    verifyNote(`${note}${lines}`, [key]);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    const hint = 'Check COUNTERSIGN_WITNESS_VKEY: it must be the key of that witness.';
    throw new AnchorFault('refused', `the ${what} did not cosign: ${error.message}`, hint, { cause: error });
  }
  return lines
    .split('\n')
    .filter((line) => readSignature(line)?.id.equals(key.id))
    .map((line) => `${line}\n`)
    .join('');
}
