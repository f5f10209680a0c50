/** A reader of RFC 4180, to the letter: what it does not allow throws. */
export function readCsv(text: string): readonly (readonly string[])[] {
  const records: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const record: string[] = [];
    for (;;) {
      const [field, end] = text[at] === '"' ? escaped(text, at + 1) : plain(text, at);
      record.push(field);
      at = end;
      if (text[at] === ',') at += 1;
      else break;
    }
    if (text.slice(at, at + 2) !== '\r\n') throw new Error(`at ${at}: a record must end in CRLF`);
    at += 2;
    records.push(record);
  }
  return records;
}

function plain(text: string, start: number): readonly [string, number] {
  const [field = ''] = /^[^",\r\n]*/.exec(text.slice(start, start + 100_000)) ?? [];
  return [field, start + field.length];
}

function escaped(text: string, start: number): readonly [string, number] {
  let field = '';
  let at = start;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw new Error(`at ${start}: a quote that is not closed`);
    field += text.slice(at, quote);
    if (text[quote + 1] !== '"') return [field, quote + 1];
    field += '"';
    at = quote + 2;
  }
}
