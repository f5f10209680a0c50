import { expect } from 'vitest';
import { openCheckpoint } from '../../src/audit/checkpoint.ts';
import { disclosureDigest, readDisclosure } from '../../src/audit/disclosure.ts';
import { decodeLeaf } from '../../src/audit/event-leaf.ts';
import { leafHash } from '../../src/audit/leaf.ts';
import { parseVkey } from '../../src/audit/note.ts';
import { verifyTlogProof } from '../../src/audit/tlog-proof.ts';
import { verifyBundle } from '../../src/audit/verify-bundle.ts';
import type { Bundle } from '../../src/evidence/bundle.ts';
import { ORIGIN, signer } from './log.ts';

export const FULL = 'a full life';
export const text = (bundle: Bundle, path: string): string => Buffer.from(bytesOf(bundle, path)).toString();
export function bytesOf(bundle: Bundle, path: string): Uint8Array {
  const bytes = bundle.get(path);
  if (bytes === undefined) throw new Error(`there is no ${path}`);
  return bytes;
}
export const whole = (bundle: Bundle): string =>
  [...bundle.values()].map((b) => Buffer.from(b).toString()).join('\n');

export interface Manifest {
  readonly format: string;
  readonly request: string;
  readonly generated: Readonly<Record<string, unknown>>;
  readonly checkpoint: { readonly size: number; readonly root: string };
  readonly events: readonly { index: number; type: string; leaf: string; file: string; proof: string }[];
  readonly texts: readonly { index: number; field: string; state: string; redactedAt?: number | null }[];
  readonly people: readonly { subject: string; introduced: number | null; name: string }[];
  readonly rules: readonly { index: number; ids: string[]; digest: string; loaded: number | null }[];
  readonly findings: readonly { id: string; verdict: string }[];
  readonly anchors: readonly {
    anchor: string;
    checkpoint: string | null;
    receipt: string;
    consistency: string[];
  }[];
}
export const manifestIn = (bundle: Bundle) => JSON.parse(text(bundle, 'evidence.json')) as Manifest;

/** What the standalone verifier says of it. */
export function verdictOn(bundle: Bundle): string {
  const verdict = verifyBundle(
    {
      keys: signer.vkeys().map(parseVkey),
      checkpoint: bytesOf(bundle, 'checkpoint'),
      manifest: bytesOf(bundle, 'evidence.json'),
      disclosures: () => [bytesOf(bundle, 'disclosures.ndjson')],
      file: (path) => bundle.get(path) ?? null,
      names: (folder) =>
        [...bundle.keys()].flatMap((path) =>
          path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [],
        ),
    },
    { tell: () => {}, progress: () => {} },
  );
  return verdict.ok ? 'ok' : verdict.finding.code;
}

/** What anyone can do with the files alone: every listed event is in the tree that the checkpoint signs. */
export function verify(bundle: Bundle): void {
  const keys = text(bundle, 'log.vkey').trimEnd().split('\n').map(parseVkey);
  const head = openCheckpoint(bytesOf(bundle, 'checkpoint'), keys, ORIGIN);
  const { events, checkpoint } = manifestIn(bundle);
  expect([head.size, head.root.toString('hex')]).toEqual([checkpoint.size, checkpoint.root]);
  for (const { index, type, leaf, file, proof } of events) {
    const bytes = bytesOf(bundle, file);
    const proven = verifyTlogProof(text(bundle, proof), leafHash(bytes), keys, ORIGIN);
    expect([proven.index, proven.size, leafHash(bytes).toString('hex')]).toEqual([index, head.size, leaf]);
    expect(decodeLeaf(bytes).type).toBe(type);
  }
  for (const line of text(bundle, 'disclosures.ndjson').split('\n').filter(Boolean)) {
    const { index, field, disclosure } = JSON.parse(line) as {
      index: number;
      field: string;
      disclosure: string;
    };
    const { sd } = decodeLeaf(bytesOf(bundle, `events/${index}.json`));
    expect([readDisclosure(disclosure).field, disclosureDigest(disclosure)]).toEqual([field, sd[field]]);
  }
}
