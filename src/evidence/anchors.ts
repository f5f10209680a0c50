import type { Anchored } from './source.ts';

/** Where one anchor's files are: its place in the list keeps names apart that look alike as files. */
const folderOf = ({ anchor }: Anchored, place: number): string =>
  `anchors/${place + 1}-${anchor.replace(/[^A-Za-z0-9.-]+/g, '-').slice(0, 60)}`;

export interface AnchorFiles {
  /** The head as it was taken; of a witness, with its cosignature. Null: it cannot be made again. */
  readonly checkpoint: string | null;
  readonly receipt: string;
  readonly contents: readonly (readonly [string, Uint8Array])[];
}

/** What is kept of one anchor: the head that it took, and its receipt in the form that its own tools read. */
export function anchorFiles(anchored: Anchored, place: number): AnchorFiles {
  const { anchor, note, receipt } = anchored;
  const folder = folderOf(anchored, place);
  const isToken = anchor === 'time-stamp';
  const taken = note !== null && anchor.startsWith('witness:') ? `${note}${receipt}` : note;
  const files = {
    checkpoint: taken === null ? null : `${folder}/checkpoint`,
    receipt: `${folder}/${isToken ? 'token.der' : 'receipt.txt'}`,
  };
  const paper = isToken ? Buffer.from(receipt, 'base64') : Buffer.from(`${receipt.trimEnd()}\n`);
  const contents: [string, Uint8Array][] = [[files.receipt, paper]];
  if (files.checkpoint !== null && taken !== null) contents.unshift([files.checkpoint, Buffer.from(taken)]);
  return { ...files, contents };
}
