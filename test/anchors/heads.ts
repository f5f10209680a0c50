import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { type NoteSigner, signerFromSeed } from '../../src/audit/note.ts';
import type { AnchoredHead } from '../../src/ports/anchor.ts';
import { NaiveTree } from '../audit/naive-tree.ts';

export const ORIGIN = 'anchors.test/log';

/** Signed heads of one tree, as large as is asked for. */
export class Heads {
  readonly signer: NoteSigner;
  readonly #tree: NaiveTree;

  constructor(seed = 7, text = 'leaf') {
    this.signer = signerFromSeed(ORIGIN, Buffer.alloc(32, seed));
    this.#tree = new NaiveTree(Array.from({ length: 64 }, (_, i) => Buffer.from(`${text} ${i}`)));
  }

  at(size: number): AnchoredHead {
    const root = this.#tree.hash(0, size);
    return {
      size,
      root: root.toString('hex'),
      note: signCheckpoint({ origin: ORIGIN, size, root, extensions: [] }, [this.signer]),
      proofFrom: async (from) => this.#tree.subproof(from, size).map((hash) => hash.toString('base64')),
    };
  }
}
