import { createHash, timingSafeEqual } from 'node:crypto';
import { LIMITS } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { EvidenceLinks, EvidenceOrder } from '../ports/evidence.ts';

const TOKEN_BYTES = 32;

export interface EvidenceDesk extends EvidenceLinks {
  /** Whether a token is good now; this takes nothing. */
  isGood(token: string): boolean;
  /** What the token is for; from then on it is good for nothing. Null for any other. */
  take(token: string): EvidenceOrder | null;
}

interface Open extends EvidenceOrder {
  readonly digest: Buffer;
  readonly until: number;
}

interface DeskParts {
  readonly clock: Pick<Clock, 'now'>;
  /** So many bytes that nobody can guess. */
  readonly random: (bytes: number) => Uint8Array;
  /** Where others reach this process, without a slash at its end. */
  readonly url: () => string;
}

/** Keeps who may take what, in memory alone and by the digest of the token: a restart ends every link. */
export function createEvidenceDesk({ clock, random, url }: DeskParts): EvidenceDesk {
  let open: readonly Open[] = [];

  /** Every open one is compared, and in constant time: how long it takes tells nothing of any of them. */
  const find = (token: string): Open | null => {
    const digest = digestOf(token);
    const [found] = open.filter((each) => timingSafeEqual(each.digest, digest));
    return found !== undefined && clock.now() < found.until ? found : null;
  };

  return {
    issue(order) {
      const token = Buffer.from(random(TOKEN_BYTES)).toString('base64url');
      const until = clock.now() + LIMITS.evidenceLinkMs;
      const others = open.filter((each) => each.until > clock.now() && !isSame(each, order));
      open = [...others, { ...order, until, digest: digestOf(token) }].slice(-LIMITS.evidenceLinksMax);
      return { url: `${url()}/evidence/${token}`, until };
    },
    isGood: (token) => find(token) !== null,
    take(token) {
      const found = find(token);
      if (found === null) return null;
      open = open.filter((each) => each !== found);
      const { request, person, subject } = found;
      return { request, person, subject };
    },
  };
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

const isSame = (a: EvidenceOrder, b: EvidenceOrder): boolean =>
  a.request === b.request && a.person === b.person;
