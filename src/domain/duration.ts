const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  sec: 1_000,
  secs: 1_000,
  second: 1_000,
  seconds: 1_000,
  m: 60_000,
  min: 60_000,
  mins: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hrs: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
};

const PART = /^(\d{1,6}(?:\.\d{1,2})?) ?([a-z]+)/;
/** Longer than any phrase that means one duration. */
const MAX_CHARS = 60;

/**
 * A duration as people type it ("90m", "1h30m", "1 h 30 min", "2 hours", "1.5h", "1d and 2h"), in whole ms.
 * Null when it is none; a bare number is none, since nobody knows its unit. Zero is read; rules refuse it.
 */
export function parseDuration(text: string): number | null {
  let rest = text.trim().toLowerCase();
  if (rest === '' || rest.length > MAX_CHARS) return null;
  let totalMs = 0;
  let smallest = Number.POSITIVE_INFINITY;
  while (rest !== '') {
    const [part, amount, unit] = PART.exec(rest) ?? [];
    const unitMs = unit !== undefined && Object.hasOwn(UNIT_MS, unit) ? UNIT_MS[unit] : undefined;
    if (part === undefined || amount === undefined || unitMs === undefined) return null;
    // "30m 1h" or "1h 1h" is a slip of the hand more often than a sum.
    if (unitMs >= smallest) return null;
    smallest = unitMs;
    totalMs += Math.round(Number(amount) * unitMs);
    rest = rest.slice(part.length).replace(/^(?:,? and |, ?| )/, '');
  }
  return Number.isSafeInteger(totalMs) ? totalMs : null;
}

/** "1 h 30 min", "2 d", "45 s": whole units, largest first; below a second, "less than 1 s". */
export function formatDuration(ms: number): string {
  if (ms <= 0) return '0 s';
  if (ms < 1_000) return 'less than 1 s';
  const parts: string[] = [];
  let rest = Math.floor(ms / 1_000);
  for (const [unit, seconds] of UNITS) {
    const amount = Math.floor(rest / seconds);
    if (amount > 0) parts.push(`${amount} ${unit}`);
    rest -= amount * seconds;
  }
  return parts.join(' ');
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;
