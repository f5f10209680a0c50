import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { signCheckpoint } from './audit/checkpoint.ts';
import { type NoteSigner, parseVkey, signerFromSeed, signNote } from './audit/note.ts';
import { isKeyName } from './audit/signature.ts';
import {
  createKeyFile,
  key,
  type KeyFile,
  type Random,
  readKeyFile,
  replaceKeyFile,
  stampOf,
} from './key-file.ts';
import { LIMITS } from './limits.ts';
import type { HeadSigner } from './ports/anchor.ts';
import { KeyError } from './ports/sealer.ts';

/** A key that signs the log, or did. Times in ms since the epoch. */
export interface LogKey {
  /** Eight hex digits: the id that C2SP gives it. */
  readonly id: string;
  readonly vkey: string;
  readonly createdAt: number;
  /** Null: it signs. */
  readonly retiredAt: number | null;
}

/** The keys that sign the log, as their file has them now; it is read again when it has changed. Throws KeyError. */
export interface LogKeys extends HeadSigner {
  /** Oldest first. */
  keys(): readonly LogKey[];
}

/** Names the log and its keys; C2SP asks for something like a URL without its scheme. */
const origin = z
  .string()
  .refine(
    (name) => isKeyName(name) && name.length <= LIMITS.originMaxChars && !/\p{Cc}/u.test(name),
    `must be 1 to ${LIMITS.originMaxChars} characters without spaces and "+"`,
  );

const logKeysFile = z.strictObject({
  version: z.literal(1),
  origin,
  keys: z
    .array(z.strictObject({ seed: key, createdAt: z.int(), retiredAt: z.int().nullable() }))
    .max(LIMITS.logKeysMax)
    .refine((keys) => keys.some(({ retiredAt }) => retiredAt === null), 'has no key that signs'),
});
const fileIn = (folder: string): KeyFile => ({
  folder,
  name: 'log-keys.json',
  missing: 'Make those that sign the log; the others stay as they are: countersign keys init',
});

/** Reads them once, so that what is wrong with them is known at start. Throws KeyError. */
export function openLogKeys(folder: string): LogKeys {
  const file = fileIn(folder);
  let stamp: string | null = null;
  let read = ringOf(file);
  const ring = (): Ring => {
    const now = stampOf(file);
    if (now === null || now !== stamp) {
      read = ringOf(file);
      stamp = now;
    }
    return read;
  };
  return {
    origin: read.origin,
    keys: () => ring().keys.map(withoutSeed),
    signing: () => ring().signers.map(({ vkey }) => vkey),
    vkeys: () => {
      const { keys } = ring();
      const signsNow = ({ retiredAt }: LogKey): number => (retiredAt === null ? 0 : 1);
      return keys.toSorted((a, b) => signsNow(a) - signsNow(b)).map(({ vkey }) => vkey);
    },
    sign: ({ size, root }) => {
      const checkpoint = { origin: read.origin, size, root: Buffer.from(root, 'hex'), extensions: [] };
      return signCheckpoint(checkpoint, ring().signers);
    },
    signText: (text) => signNote(text, ring().signers).slice(text.length + 1),
  };
}

interface Entry extends LogKey {
  readonly seed: Uint8Array;
}
interface Ring {
  readonly origin: string;
  readonly keys: readonly Entry[];
  readonly signers: readonly NoteSigner[];
}

function ringOf(file: KeyFile): Ring {
  const { origin, keys } = readKeyFile(file, logKeysFile);
  const signers = keys.map(({ seed }) => signerFromSeed(origin, seed));
  return {
    origin,
    keys: keys.map((each, i) => ({ ...each, ...named(signers[i]?.vkey ?? '') })),
    signers: signers.filter((_, i) => keys[i]?.retiredAt === null),
  };
}

const withoutSeed = ({ id, vkey, createdAt, retiredAt }: Entry): LogKey => ({
  id,
  vkey,
  createdAt,
  retiredAt,
});
const named = (vkey: string) => ({ vkey, id: parseVkey(vkey).id.toString('hex') });

interface Making {
  readonly now: number;
  readonly random?: Random;
}

/** Existing ones stay. `origin` null: `countersign/` and the installation's first eight digits. Throws KeyError. */
export function createLogKeys(
  folder: string,
  wanted: { readonly installation: string; readonly origin: string | null },
  { now, random = randomBytes }: Making,
): LogKeys {
  const named = wanted.origin ?? `countersign/${wanted.installation.slice(0, 8)}`;
  const checked = origin.safeParse(named);
  if (!checked.success)
    throw new KeyError('keys_invalid', `an origin ${checked.error.issues[0]?.message}`, ORIGIN_HINT);
  createKeyFile(fileIn(folder), () => ({
    version: 1,
    origin: named,
    keys: [written(newLogKey(now, random))],
  }));
  const keys = openLogKeys(folder);
  if (wanted.origin === null || keys.origin === wanted.origin) return keys;
  const hint = 'A log keeps its origin: those who watch it know it by that. Leave --origin out.';
  throw new KeyError('keys_invalid', `the log has an origin already: ${keys.origin}`, hint);
}

const ORIGIN_HINT = 'Name it like a URL without its scheme, such as access.example.com/log.';

/** Adds a key; the ones before it go on signing, so that whoever knows one of them can follow. Throws KeyError. */
export function rotateLogKeys(folder: string, { now, random = randomBytes }: Making): LogKeys {
  return change(folder, (keys) => {
    if (keys.length >= LIMITS.logKeysMax) throw tooMany(`there have been ${keys.length}`, FORGET_HINT);
    const signing = keys.filter(({ retiredAt }) => retiredAt === null).length;
    if (signing >= LIMITS.logKeysSigningMax)
      throw tooMany(`${signing} sign now`, 'First: countersign keys retire ID');
    return [...keys, newLogKey(now, random)];
  });
}

const tooMany = (what: string, hint: string): KeyError =>
  new KeyError('keys_invalid', `the log may not have more keys: ${what}`, hint);
const FORGET_HINT =
  'Take the oldest that are retired out of log-keys.json; what they signed is then not known as ours.';

/** From now on the key of this id does not sign; what it signed stays good. Throws KeyError. */
export function retireLogKey(folder: string, id: string, now: number): LogKeys {
  return change(folder, (keys) => {
    const signing = keys.filter(({ retiredAt }) => retiredAt === null);
    const retired = signing.find((each) => each.id === id);
    if (retired === undefined)
      throw new KeyError('keys_invalid', `no key ${id} signs the log`, 'See which do: countersign keys list');
    if (signing.length === 1)
      throw new KeyError(
        'keys_invalid',
        `${id} is the only key that signs`,
        'First: countersign keys rotate',
      );
    return keys.map((each) => (each === retired ? { ...each, retiredAt: now } : each));
  });
}

type Written = Pick<Entry, 'seed' | 'createdAt' | 'retiredAt'>;

function change(folder: string, make: (keys: readonly Entry[]) => readonly Written[]): LogKeys {
  const file = fileIn(folder);
  openLogKeys(folder);
  replaceKeyFile(file, () => {
    const { origin, keys } = ringOf(file);
    return { version: 1, origin, keys: make(keys).map(written) };
  });
  return openLogKeys(folder);
}

const written = ({ seed, createdAt, retiredAt }: Written) => ({
  seed: Buffer.from(seed).toString('base64'),
  createdAt,
  retiredAt,
});

const newLogKey = (now: number, random: Random): Written => ({
  seed: random(32),
  createdAt: now,
  retiredAt: null,
});
