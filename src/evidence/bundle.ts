import { verifyInclusion } from '../audit/proof.ts';
import { formatTlogProof } from '../audit/tlog-proof.ts';
import { textLine } from '../audit/verify-texts.ts';
import { anchorFiles } from './anchors.ts';
import { type Dossier, dossierOf, eventFile, proofFile } from './dossier.ts';
import { manifestOf } from './manifest.ts';
import { pageOf } from './page/index.ts';
import { readmeOf } from './readme.ts';
import { type Entry, EvidenceError, type EvidenceSource } from './source.ts';

/** Paths with `/`, and their bytes. */
export type Bundle = ReadonlyMap<string, Uint8Array>;

/**
 * Everything of one request, to be checked without us: each event as the very bytes of its leaf with its C2SP
 * tlog-proof, the checkpoint and its keys, the disclosures that the reader may see, and a page to read. Throws
 * EvidenceError `event_not_in_tree` rather than hand out what would not verify.
 */
export function evidenceOf(source: EvidenceSource): Bundle {
  for (const entry of source.entries) assertInTree(entry, source);
  const dossier = dossierOf(source);
  const files: (readonly [string, string | Uint8Array])[] = [
    ['index.html', pageOf(dossier)],
    ['README.txt', readmeOf(dossier)],
    ['evidence.json', manifestOf(dossier)],
    ['checkpoint', source.checkpoint.note],
    ['log.vkey', source.vkeys.map((vkey) => `${vkey}\n`).join('')],
    ['disclosures.ndjson', disclosuresOf(dossier)],
    ...source.entries.map(({ event, bytes }) => [eventFile(event.meta.index), bytes] as const),
    ...source.entries.map((entry) => [proofFile(entry.event.meta.index), proofOf(entry, source)] as const),
    ...source.anchored.flatMap((each, place) => anchorFiles(each, place).contents),
  ];
  return new Map(files.map(([path, body]) => [path, typeof body === 'string' ? Buffer.from(body) : body]));
}

function assertInTree({ event, proof }: Entry, { checkpoint }: EvidenceSource): void {
  const { index, leaf } = event.meta;
  const problem = verifyInclusion({
    index,
    size: checkpoint.size,
    leaf: Buffer.from(leaf, 'hex'),
    root: Buffer.from(checkpoint.root, 'hex'),
    proof,
  });
  if (problem === null) return;
  const hint = 'The log is not what was signed. Find the first bad position: countersign log verify';
  throw new EvidenceError('event_not_in_tree', `event ${index} cannot be proven: ${problem.message}`, hint);
}

const proofOf = ({ event, proof }: Entry, { checkpoint }: EvidenceSource): string =>
  formatTlogProof({ index: event.meta.index, proof, checkpoint: checkpoint.note });

/** What the reader may see, by index and field; one that its event does not vouch for is not among it. */
function disclosuresOf({ source, texts }: Dossier): string {
  return texts
    .filter(({ shown }) => shown.kind === 'clear')
    .flatMap(({ index, field }) =>
      source.disclosures.filter((d) => d.index === index && d.field === field).slice(0, 1),
    )
    .map(textLine)
    .join('');
}
