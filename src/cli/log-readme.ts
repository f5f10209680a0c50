/** `README.txt` of an exported log, at most 80 columns wide. */
export function exportReadme({
  head,
  reading,
  tiles,
}: {
  readonly head: { readonly size: number };
  /** Null: there are no texts. */
  readonly reading: object | null;
  readonly tiles: boolean;
}): string {
  const texts = [
    'disclosures.ndjson  the texts beside the events, by index and field (RFC 9901);',
    '                    an event holds their digests. null: not for this reader',
  ];
  return [
    `The log of a Countersign installation, as it was exported: ${head.size} events.`,
    '',
    'events.ndjson       one event a line: the very bytes of a leaf of the tree; its',
    '                    hash is SHA-256 of a zero byte and the line (RFC 6962)',
    'checkpoint          the signed head of that tree (C2SP checkpoint)',
    'log.vkey            the public keys of the log, one a line',
    'leaf-hashes         32 bytes for each event: by them a check tells which is bad',
    ...(reading === null ? [] : texts),
    ...(tiles ? ['tile/               the tree as C2SP tlog-tiles'] : []),
    '',
    'How to check it, with Node alone:',
    '',
    '  node countersign-verify.mjs . --key KEY',
    '',
    'Get countersign-verify.mjs from where you get Countersign, and KEY from someone',
    'you trust: what is in this folder can only agree with itself. With a checkpoint',
    'of an earlier day, --since FILE shows that the log still begins with what it was',
    'then. People are pseudonyms in the events. A text that was redacted is gone, and',
    'an event tells of it.',
    '',
  ].join('\n');
}
