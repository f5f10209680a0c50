/** Times in the zone of the person who reads them. */

export function clockTime(ts: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(
    Number(ts) * 1000,
  );
}

export function fullTime(ts: string, timeZone: string): string {
  const format: Intl.DateTimeFormatOptions = { dateStyle: 'full', timeStyle: 'medium', timeZone };
  return `${new Intl.DateTimeFormat('en-GB', format).format(Number(ts) * 1000)} (${timeZone})`;
}

/** A day as a sortable key, `2026-11-20`. */
export function dayKey(ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(ms);
}

export function dayName(ts: string, timeZone: string, nowMs: number): string {
  const ms = Number(ts) * 1000;
  const day = dayKey(ms, timeZone);
  if (day === dayKey(nowMs, timeZone)) return 'Today';
  if (day === dayKey(nowMs - 86_400_000, timeZone)) return 'Yesterday';
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    timeZone,
  }).format(ms);
}

/** `2026-11-20T14:05` in a zone, for a field of type datetime-local. */
export function toLocalField(epochS: number, timeZone: string): string {
  return new Date(epochS * 1000).toLocaleString('sv-SE', { timeZone }).slice(0, 16).replace(' ', 'T');
}

/** The other way; twice, because the offset at the result may differ from the one at the guess. */
export function fromLocalField(field: string, timeZone: string): number {
  const wallMs = Date.parse(`${field}:00Z`);
  const offsetMs = (atMs: number) =>
    Date.parse(`${toLocalField(atMs / 1000, timeZone)}:00Z`) - Math.floor(atMs / 60_000) * 60_000;
  const guessMs = wallMs - offsetMs(wallMs);
  return Math.floor((wallMs - offsetMs(guessMs)) / 1000);
}
