export interface Times {
  /** "2026-11-20 18:40:12 UTC", and small behind it the same in the installation's zone: "19:40:12 CET". */
  readonly utc: (at: number) => string;
  readonly local: (at: number) => string;
}

const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' } as const;
const day = { day: 'numeric', month: 'short' } as const;

/** The day is told only where it is another one than in UTC. */
export function timesIn(zone: string): Times {
  const time = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...clock });
  const dated = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...day, ...clock });
  const dayIn = (timeZone: string) => new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric' });
  const [here, there] = [dayIn(zone), dayIn('UTC')];
  return { utc, local: (at) => (here.format(at) === there.format(at) ? time : dated).format(at) };
}

export const utc = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
