import { formatDuration } from '../domain/duration.ts';
import type { ShownText } from '../domain/visibility.ts';
import type { MadeReport } from './made.ts';
import type { Figure } from './report.ts';

/** A text, or what stands in its place. */
export function shownText(text: ShownText): string {
  if (text.kind === 'clear') return text.value;
  if (text.kind === 'masked') return '[not for this reader]';
  return text.redactedAt === null
    ? '[missing, and no event tells of its redaction]'
    : `[redacted: see event ${text.redactedAt} of the log]`;
}

export const countText = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const UNITS_MS = [86_400_000, 3_600_000, 60_000] as const;

/** To a tenth of a second below a minute, above in two units: "2 min 5 s", "7 d 5 h". */
export function durationText(ms: number): string {
  const place = UNITS_MS.findIndex((unit) => Math.abs(ms) >= unit);
  if (place < 0) return `${(ms / 1_000).toFixed(1)} s`;
  const smallest = UNITS_MS[place + 1] ?? 1_000;
  return formatDuration(ms - (ms % smallest));
}

export function figureText({ value, kind }: Figure): string {
  if (value === null) return 'none';
  return kind === 'duration' ? durationText(value) : String(value);
}

interface Check {
  readonly why: string;
  readonly command: string;
}

/** How anyone checks a report. `line` is the one that gives its SHA-256. */
export function checksOf({ proofs }: Pick<MadeReport, 'proofs'>, line: number): readonly Check[] {
  const checksum = {
    why: `The SHA-256 in line ${line} is of every byte of this file outside that line.`,
    command: `sed '${line}d' FILE | sha256sum`,
  };
  if (proofs.length === 0) return [checksum];
  const rows = proofs.map(({ row }) => row).join(', ');
  return [
    checksum,
    {
      why: `The first row, the last and every n-th between, at most 25, bring the proof that the event they stand on is in the log. These are rows ${rows}; their events and proofs are in FILE.proofs, with the checkpoint and its keys. Take the key from someone you trust, not from there.`,
      command: 'node countersign-verify.mjs FILE.proofs',
    },
  ];
}
