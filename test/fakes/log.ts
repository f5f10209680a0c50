import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { signerFromSeed, signNote } from '../../src/audit/note.ts';
import type { HeadSigner } from '../../src/ports/anchor.ts';
import type { Deps } from '../../src/workflows/deps.ts';

/** Signs as a log of tests does, with one key for each seed. */
export function testSigner(...seeds: readonly number[]): HeadSigner {
  const origin = 'signed.test/log';
  const signers = seeds.map((seed) => signerFromSeed(origin, Buffer.alloc(32, seed)));
  const vkeys = signers.map(({ vkey }) => vkey);
  return {
    origin,
    vkeys: () => vkeys,
    signing: () => vkeys,
    sign: ({ size, root }) =>
      signCheckpoint({ origin, size, root: Buffer.from(root, 'hex'), extensions: [] }, signers),
    signText: (text) => signNote(text, signers).slice(text.length + 1),
  };
}

/** A log whose heads go nowhere, and that nobody follows, for tests about something else. */
export const quietLog: Pick<
  Deps,
  | 'anchors'
  | 'signer'
  | 'followers'
  | 'evidence'
  | 'retentionMs'
  | 'auditChannel'
  | 'rules'
  | 'mode'
  | 'onOutside'
> = {
  anchors: [],
  followers: [],
  evidence: {
    issue: ({ request }) => ({ url: `http://evidence.test/${request}`, until: 0 }),
  },
  signer: testSigner(1),
  retentionMs: () => ({ public: null, internal: null, confidential: null, restricted: null }),
  auditChannel: () => null,
  rules: {
    onInadmissible: () => 'revoke',
    engineOf: async () => null,
    revert: async ({ version }) => ({ kind: 'refused', refusal: { code: 'no-such-version', version } }),
  },
  mode: () => 'full',
  onOutside: () => {},
};
