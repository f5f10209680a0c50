import { base64 } from '../audit/encoding.ts';
import { anchorFiles } from './anchors.ts';
import { type Dossier, eventFile, proofFile } from './dossier.ts';

/** Of the shape of `evidence.json`; a change of shape is another one. */
const FORMAT = 'countersign-evidence/1';

/** `evidence.json`: what is in the bundle and what follows from it, for programs. Times in ms since the epoch. */
export function manifestOf({ source, events, texts, people, stamps, findings }: Dossier): string {
  const { request, reader, at, software, checkpoint, anchored } = source;
  const manifest = {
    format: FORMAT,
    request,
    generated: { at, by: reader.subject, as: reader.role, software },
    checkpoint: { size: checkpoint.size, root: checkpoint.root },
    events: events.map(({ type, meta }) => ({
      index: meta.index,
      type,
      stream: meta.stream,
      at: meta.at,
      leaf: meta.leaf,
      file: eventFile(meta.index),
      proof: proofFile(meta.index),
    })),
    texts: texts.map(({ index, field, shown }) => ({
      index,
      field,
      state: shown.kind,
      ...(shown.kind === 'redacted' && { redactedAt: shown.redactedAt }),
    })),
    people: [...people.values()].map(({ subject, introduced, name }) => ({
      subject,
      introduced,
      name: name?.kind ?? 'not on record',
    })),
    rules: stamps.map(({ event, policy, loaded }) => ({ index: event.meta.index, ...policy, loaded })),
    findings,
    anchors: anchored.map((each, place) => {
      const { checkpoint: taken, receipt } = anchorFiles(each, place);
      const { anchor, size, root } = each;
      return {
        anchor,
        at: each.at,
        size,
        root,
        checkpoint: taken,
        receipt,
        consistency: each.consistency.map(base64),
      };
    }),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
