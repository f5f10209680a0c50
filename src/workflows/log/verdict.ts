import type { Comparison } from './compare.ts';

/** What an operator is told of a comparison that does not allow everything: what was expected, found, and how to go on. */
export interface Verdict {
  readonly detail: string;
  readonly hint: string;
}

/** Null: the log is the one whose heads left the house. */
export function verdictOn(comparison: Comparison): Verdict | null {
  switch (comparison.kind) {
    case 'same':
      return null;
    case 'damaged':
      return { detail: `Event ${comparison.index} is damaged: ${comparison.what}.`, hint: DAMAGED };
    case 'unknown':
      return {
        detail: `Whether the log is whole cannot be told: ${comparison.anchor}: ${comparison.why}.`,
        hint: `${comparison.hint} It is tried again by itself.`,
      };
    case 'different':
      return { detail: differenceIn(comparison), hint: DIFFERENT };
  }
}

const DAMAGED =
  'Stop the bot, keep the database as evidence, restore a backup, start again: it then says what the backup lacks.';
const DIFFERENT =
  'If a backup was restored on purpose, stop the bot and have two operators run: countersign log accept. If not, someone has changed the log: keep the database as evidence and find out who.';

function differenceIn({ head, signed, against, agreed }: Comparison & { kind: 'different' }): string {
  const newest = against.reduce((most, each) => (each.size > most.size ? each : most));
  const by = [...new Set(against.map(({ anchor }) => anchor))].join(', ');
  const [first] = against;
  if (first.ours === null && newest.size <= head.size)
    return `A signed head of ${newest.size} events is held by ${by}, and the newest that was signed here is of ${signed}: what was signed between is gone.`;
  if (first.ours === null) {
    const lost = newest.size - head.size;
    return `The log has ${head.size} events, and a signed head of ${newest.size} is held by ${by}: ${lost} are gone, from event ${head.size} on.`;
  }
  const last = first.size - 1;
  const where = agreed === last ? `event ${last}` : `one of ${agreed} to ${last}`;
  return `The first ${first.size} events of the log are not those of a signed head held by ${by}: expected root ${first.root}, found ${first.ours}. The first that differs is ${where}.`;
}
