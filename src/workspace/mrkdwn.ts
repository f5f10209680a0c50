/** Slack's mrkdwn, parsed to a tree that the page draws and in which the pings can be counted. */

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'bold' | 'italic' | 'strike'; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'link'; url: string; label: string }
  | { kind: 'user'; id: string }
  | { kind: 'channel'; id: string; label: string }
  | { kind: 'usergroup'; id: string; label: string }
  | { kind: 'broadcast'; range: 'channel' | 'here' | 'everyone' }
  | { kind: 'date'; epochS: number; format: string; url: string; fallback: string };

export type Paragraph =
  | { kind: 'paragraph' | 'quote'; lines: Inline[][] }
  | { kind: 'list'; items: Inline[][] }
  | { kind: 'preformatted'; text: string };

const maxNesting = 8;
/** Bounds the search for a closing mark, so that hostile text costs linear time. */
const maxClosersTried = 50;

function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function parseMrkdwn(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  const pieces = text.split('```');
  pieces.forEach((piece, index) => {
    const isCode = index % 2 === 1 && index < pieces.length - 1;
    if (isCode)
      paragraphs.push({ kind: 'preformatted', text: unescape(plainEntities(piece.replace(/^\n|\n$/g, ''))) });
    else paragraphs.push(...parseLines(index % 2 === 1 ? `\`\`\`${piece}` : piece, index > 0));
  });
  return paragraphs;
}

function parseLines(text: string, afterCode: boolean): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  const trimmed = afterCode ? text.replace(/^\n/, '') : text;
  if (trimmed === '') return paragraphs;
  for (const line of trimmed.replace(/\n$/, '').split('\n')) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    const item = /^\s*[•◦▪-] +(.*)$/.exec(line);
    const last = paragraphs.at(-1);
    if (item) {
      const inline = parseInline(item[1] ?? '');
      if (last?.kind === 'list') last.items.push(inline);
      else paragraphs.push({ kind: 'list', items: [inline] });
      continue;
    }
    const kind = quote ? 'quote' : 'paragraph';
    const inline = parseInline(quote ? (quote[1] ?? '') : line);
    if (last?.kind === kind) last.lines.push(inline);
    else paragraphs.push({ kind, lines: [inline] });
  }
  return paragraphs;
}

const marks = { '*': 'bold', _: 'italic', '~': 'strike' } as const;

/** One line. Entities in angle brackets win over formatting, code wins over everything inside it. */
export function parseInline(text: string, depth = 0): Inline[] {
  const out: Inline[] = [];
  let plain = '';
  const flush = () => {
    if (plain) out.push({ kind: 'text', text: unescape(plain) });
    plain = '';
  };
  for (let at = 0; at < text.length; ) {
    const found =
      entityAt(text, at) ?? codeAt(text, at) ?? (depth < maxNesting ? markAt(text, at, depth) : undefined);
    if (found) {
      flush();
      out.push(found.inline);
      at += found.length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return out;
}

interface Found {
  inline: Inline;
  length: number;
}

function codeAt(text: string, at: number): Found | undefined {
  if (text[at] !== '`') return undefined;
  const end = text.indexOf('`', at + 1);
  if (end <= at + 1) return undefined;
  return {
    inline: { kind: 'code', text: unescape(plainEntities(text.slice(at + 1, end))) },
    length: end - at + 1,
  };
}

/** A mark opens after a boundary and closes before one, with no space just inside, as in Slack's client. */
function markAt(text: string, at: number, depth: number): Found | undefined {
  const mark = text[at] as keyof typeof marks;
  const kind = marks[mark];
  if (!kind || isWord(text[at - 1]) || /\s/.test(text[at + 1] ?? ' ') || text[at + 1] === mark)
    return undefined;
  let end = text.indexOf(mark, at + 2);
  for (let tried = 0; end > 0 && tried < maxClosersTried; tried += 1, end = text.indexOf(mark, end + 1)) {
    if (isWord(text[end + 1]) || /\s/.test(text[end - 1] ?? ' ')) continue;
    return {
      inline: { kind, children: parseInline(text.slice(at + 1, end), depth + 1) },
      length: end - at + 1,
    };
  }
  return undefined;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

function entityAt(text: string, at: number): Found | undefined {
  if (text[at] !== '<') return undefined;
  const end = text.indexOf('>', at);
  if (end < 0) return undefined;
  const inline = parseEntity(text.slice(at + 1, end));
  return inline && { inline, length: end - at + 1 };
}

function parseEntity(body: string): Inline | undefined {
  const bar = body.indexOf('|');
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? '' : unescape(body.slice(bar + 1));
  if (/^@[UW][A-Z0-9]+$/.test(target)) return { kind: 'user', id: target.slice(1) };
  if (/^#[CG][A-Z0-9]+$/.test(target)) return { kind: 'channel', id: target.slice(1), label };
  if (/^!(channel|here|everyone)$/.test(target))
    return { kind: 'broadcast', range: target.slice(1) as 'channel' | 'here' | 'everyone' };
  if (/^!subteam\^S[A-Z0-9]+$/.test(target)) return { kind: 'usergroup', id: target.slice(9), label };
  const date = /^!date\^(\d+)\^([^^]*)(?:\^(.*))?$/.exec(target);
  if (date) {
    const [, epochS, format = '', url = ''] = date;
    return {
      kind: 'date',
      epochS: Number(epochS),
      format: unescape(format),
      url: unescape(url),
      fallback: label,
    };
  }
  if (/^(https?:\/\/|mailto:|tel:)\S+$/.test(target)) {
    const url = unescape(target);
    return { kind: 'link', url, label: label || url.replace(/^mailto:|^tel:/, '') };
  }
  return undefined;
}

function plainEntities(text: string): string {
  return text.replace(
    /<((?:https?:\/\/|mailto:)[^|>]+)(?:\|([^>]*))?>/g,
    (_, url: string, label?: string) => label || url,
  );
}

/** Who would be notified by this text: `!channel`, `!here`, `!everyone`, `@U…`, `!subteam^S…`, each once. */
export function pingsIn(text: string): string[] {
  const pings = new Set<string>();
  const visit = (inlines: Inline[]): void => {
    for (const inline of inlines) {
      if (inline.kind === 'broadcast') pings.add(`!${inline.range}`);
      else if (inline.kind === 'user') pings.add(`@${inline.id}`);
      else if (inline.kind === 'usergroup') pings.add(`!subteam^${inline.id}`);
      else if ('children' in inline) visit(inline.children);
    }
  };
  for (const paragraph of parseMrkdwn(text)) {
    if (paragraph.kind === 'list') paragraph.items.forEach(visit);
    else if (paragraph.kind !== 'preformatted') paragraph.lines.forEach(visit);
  }
  return [...pings];
}

const dateParts: Record<string, Intl.DateTimeFormatOptions> = {
  date_num: { year: 'numeric', month: '2-digit', day: '2-digit' },
  date: { year: 'numeric', month: 'long', day: 'numeric' },
  date_short: { year: 'numeric', month: 'short', day: 'numeric' },
  date_long: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit', hour12: false },
  time_secs: { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false },
};

/** Slack's `<!date^…>` in the reader's own zone; `{ago}` and the `_pretty` forms are told against `nowMs`. */
export function formatDate(epochS: number, format: string, timeZone: string, nowMs: number): string {
  const at = new Date(epochS * 1000);
  return format.replace(/\{(\w+)\}/g, (whole, token: string) => {
    if (token === 'ago') return relative(epochS * 1000 - nowMs);
    const day = token.endsWith('_pretty') ? relativeDay(at, timeZone, nowMs) : undefined;
    if (day) return day;
    const parts = dateParts[token.replace('_pretty', '')];
    return parts ? new Intl.DateTimeFormat('en-GB', { ...parts, timeZone }).format(at) : whole;
  });
}

function relativeDay(at: Date, timeZone: string, nowMs: number): string | undefined {
  const day = (ms: number) => new Intl.DateTimeFormat('en-CA', { timeZone }).format(ms);
  const dayMs = 86_400_000;
  if (day(at.getTime()) === day(nowMs)) return 'today';
  if (day(at.getTime()) === day(nowMs + dayMs)) return 'tomorrow';
  if (day(at.getTime()) === day(nowMs - dayMs)) return 'yesterday';
  return undefined;
}

function relative(deltaMs: number): string {
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ];
  const [unit, size] = steps.find(([, ms]) => Math.abs(deltaMs) >= ms) ?? ['second', 1_000];
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(Math.round(deltaMs / size), unit);
}
