/** The moment as rules see it, in a zone. */
export interface LocalTime {
  /** 0 to 1,439. */
  readonly minuteOfDay: number;
  /** ISO: 1 is Monday, 7 is Sunday. */
  readonly weekday: number;
  /** `2026-12-24`. */
  readonly date: string;
}

/** Every calendar of a catalogue, read and ready to be asked. */
export interface Calendars {
  /**
   * Keys of the calendars of that kind that hold for a resource and a window, its end excluded. A freeze holds when
   * any part of the window is in it; maintenance when all of it is.
   */
  holding(
    kind: 'freeze' | 'maintenance',
    window: { readonly from: number; readonly until: number },
    resource: { readonly key: string; readonly environment: string },
  ): readonly string[];
  localTime(at: number, zone: string): LocalTime;
  /** When the first of these ends, ms since the epoch, so that a refusal can say until when; null: not within a year. */
  endOf(key: string, at: number): number | null;
}
