import { type Anchor, type AnchoredHead, AnchorFault, type Held } from '../../src/ports/anchor.ts';

/** A place for heads in memory that outlives every restart of ours, with the faults that places have. */
export class FakeAnchor implements Anchor {
  readonly name: string;
  readonly heads: { readonly size: number; readonly root: string; readonly note: string }[] = [];
  /** How often a head was brought, whatever came of it. */
  tried = 0;
  how: 'well' | 'down' | 'hanging' | 'losing answers' = 'well';

  constructor(name = 'fake') {
    this.name = name;
  }

  async publish({ size, root, note }: AnchoredHead, signal: AbortSignal): Promise<string> {
    this.tried += 1;
    await this.#meet(signal);
    const known = this.heads.find((head) => head.size === size);
    if (known !== undefined && known.root !== root)
      throw new AnchorFault('conflict', 'it holds another tree', 'Find out why.');
    if (known === undefined) this.heads.push({ size, root, note });
    if (this.how === 'losing answers') throw new AnchorFault('unreachable', 'no answer', 'Wait.');
    return `${this.name}/${size}`;
  }

  async held(signal: AbortSignal): Promise<readonly Held[]> {
    await this.#meet(signal);
    return this.heads.map(({ note }) => ({ kind: 'checkpoint', note }));
  }

  get sizes(): readonly number[] {
    return this.heads.map(({ size }) => size);
  }

  async #meet(signal: AbortSignal): Promise<void> {
    const late = new AnchorFault('unreachable', 'it is late', 'Wait.');
    if (signal.aborted) throw late;
    if (this.how === 'down') throw new AnchorFault('unreachable', 'it is down', 'Mend it.');
    if (this.how === 'hanging')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(late), { once: true }));
  }
}
