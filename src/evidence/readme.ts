import { anchorFiles } from './anchors.ts';
import { type Dossier, eventFile } from './dossier.ts';
import { utc } from './page/times.ts';

/** The verifier that needs nothing of ours but itself. */
export const VERIFIER = 'countersign-verify.mjs';

export interface Command {
  readonly why: string;
  readonly command: string;
}

/** How anyone checks a bundle: all of it, one event by hand, and the time-stamp where there is one. */
export function commandsOf({ own, source }: Dossier): readonly Command[] {
  const last = own.at(-1);
  if (last === undefined) return [];
  const { index, leaf } = last.meta;
  const stamped = source.anchored.flatMap((each, place) => {
    const { checkpoint, receipt } = anchorFiles(each, place);
    return each.anchor === 'time-stamp' && checkpoint !== null ? [{ checkpoint, receipt }] : [];
  });
  return [
    {
      why: 'All of it, in this folder, with Node alone. Take the verifier from where the software comes from, and the log’s key from someone you trust: log.vkey here only agrees with the rest of this folder.',
      command: `node ${VERIFIER} . --key <the key you know>`,
    },
    {
      why: `One event by hand: this prints its leaf hash, ${leaf.slice(0, 8)}…, which also stood in the chat thread as “#${index} · ${leaf.slice(0, 8)}”.`,
      command: `{ printf '\\0'; cat ${eventFile(index)}; } | sha256sum`,
    },
    ...stamped.map(({ checkpoint, receipt }) => ({
      why: 'The word of a time-stamp server (RFC 3161) that the signed head existed then; its certificate comes from its operator.',
      command: `openssl ts -verify -token_in -CAfile tsa.pem \\\n  -data ${checkpoint} \\\n  -in ${receipt}`,
    })),
    {
      why: 'That this and a head from elsewhere (the audit channel, a write-once folder, a witness) are of one log: its operator can prove it, from the older to the newer.',
      command: 'countersign log consistency <older checkpoint> checkpoint',
    },
  ];
}

/** `README.txt`, at most 80 columns wide. */
export function readmeOf(dossier: Dossier): string {
  const { source, findings } = dossier;
  const wrong = findings.filter(({ verdict }) => verdict === 'does-not-hold').length;
  return [
    `Evidence for ${source.request}`,
    `Made ${utc(source.at)} by ${source.software}, read as ${source.reader.role}.`,
    '',
    ...wrapped(
      `Open index.html. ${findings.length} claims were looked at; ${wrong === 0 ? 'none of them fails' : `${wrong} do NOT hold`}.`,
    ),
    '',
    'index.html          the page to read; it needs no network',
    'evidence.json       the same for programs: events, claims, texts, anchors',
    'events/N.json       event N of the log, byte for byte as it was hashed',
    'proofs/N.tlog-proof that event N is in the log (C2SP tlog-proof)',
    'checkpoint          the signed head of the log (C2SP checkpoint)',
    'log.vkey            the keys that sign the log, one a line',
    'disclosures.ndjson  the texts that this reader may see',
    'anchors/            heads kept by others, with their receipts',
    '',
    'How to check it',
    ...commandsOf(dossier).flatMap(({ why, command }) => [
      '',
      ...wrapped(why),
      '',
      ...command.split('\n').map((line) => `  ${line}`),
    ]),
    '',
  ].join('\n');
}

const WIDTH = 80;

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
