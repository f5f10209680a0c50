export type Part = 'ics' | 'rule' | 'start' | 'lasts' | 'from' | 'until' | 'zone';

/** Why a calendar cannot be used: the thing, the rule, the remedy. Caught where calendars are read. */
export class Unreadable extends Error {
  /** Key of the calendar's entry that is wrong. */
  readonly part: Part;
  constructor(part: Part, message: string) {
    super(message);
    this.name = 'Unreadable';
    this.part = part;
  }
}

/** What a library says of its failure, as it may stand in a message of ours: short, and nothing invisible in it. */
export const whyOf = (error: unknown): string =>
  (error instanceof Error ? error.message : 'an unknown error')
    .replace(/[\p{C}\u2028\u2029]/gu, ' ')
    .slice(0, 120);
