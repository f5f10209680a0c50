export type FindingCode = keyof typeof MEANS;

/** What a check found wrong. `index` is of the event in the log; null where it is about no one event. */
export interface Problem {
  readonly code: FindingCode;
  readonly index: number | null;
  readonly what: string;
}

/** The first thing that is wrong, as it is answered. */
export interface Finding extends Problem {
  /** Null also where it cannot be proven which event it is. */
  readonly index: number | null;
  /** What it means and what to do about it. */
  readonly means: string;
}

/** A text beside an event, for messages: its name may be anyone's, and is made fit for a terminal. */
export const textName = ({ index, field }: { readonly index: number; readonly field: string }): string =>
  `the text "${field.slice(0, 40).replace(/[^ -~]/g, '?')}" of event ${index}`;

export const findingOf = ({ code, index, what }: Problem): Finding => ({
  code,
  index,
  what,
  means: MEANS[code],
});

/** Where no true leaf hashes say which event the difference is in. `suspect`: what looks wrong first. */
export function unprovenFinding({ code, what }: Problem, suspect: Problem | null): Finding {
  const guess =
    suspect === null
      ? 'no event looks wrong by itself'
      : `the first that looks wrong is event ${suspect.index}: ${suspect.what}`;
  return {
    ...findingOf({ code, index: null, what }),
    what: `${what}; its position cannot be proven, ${guess}`,
  };
}

const keep = 'Keep this copy as evidence and compare it with another.';
const again = 'Copy it again byte by byte, or have it exported again.';
const defect = 'It was signed like this: what wrote it is broken, or not Countersign.';

const stop = 'Stop the bot, keep the database as evidence, restore a backup.';

const MEANS = {
  file_missing: `The folder is no exported log and no evidence bundle, or a part of it was lost. ${again}`,
  file_too_large: `What is there is not what Countersign writes. ${again}`,
  key_malformed: 'Without its public key nothing of the log can be checked. Ask whoever runs it for the key.',
  checkpoint_malformed: `The signed head was damaged or edited, and nothing can be checked without it. ${again}`,
  checkpoint_unsigned:
    'It is of another log, or of another key of this one. Ask whoever runs the log for its keys.',
  checkpoint_forged: `The head was changed after it was signed, or signed by someone else. ${keep}`,
  checkpoint_origin: 'It is the head of another log. Check which log the key is of.',

  event_changed: `The event was changed after it was signed, or the file was damaged. ${keep}`,
  event_moved: `Events were taken out or put in another order after they were signed. ${keep}`,
  event_repeated: `An event was put in a second time after the log was signed. ${keep}`,
  event_foreign: `Something was put in that was never part of the log. ${keep}`,
  events_missing: `The end of the log was cut off, or the file did not arrive whole. ${keep}`,
  events_beyond: `Something was added behind what was signed. Only what comes before it is vouched for.`,
  root_differs: `Events were changed, removed, added or moved after they were signed. ${keep}`,
  line_ending: `An editor or a transfer as text changed the ends of lines. ${again}`,
  line_unfinished: `The file was cut off or edited: each event ends in a newline. ${again}`,
  line_too_long: `No event is that long: this is no file of events, or its newlines are gone. ${again}`,

  event_malformed: defect,
  id_repeated: `${defect} One event must not stand for two things that happened.`,
  version_gap: `${defect} An event of this stream was left out of the log, or counted twice.`,

  disclosure_malformed: `The file of disclosed texts was damaged or edited; the events are as they were signed. ${again}`,
  disclosure_foreign: `The text is not the one that was recorded with this event: it was changed, or taken from another. Do not rely on it.`,
  disclosure_missing: `A recorded text is gone, and no redaction on record covers it: it was removed without a word. ${keep}`,
  disclosure_damaged: `A text or its key was changed in the database; its event is as it was. ${stop}`,
  disclosure_kept:
    'The text was redacted and must not be there any more. Delete it here, and wherever it came from.',
  redaction_foreign: `${defect} A redaction names a text that was never recorded.`,

  older_unreadable:
    'The older checkpoint cannot be compared with. Check that it is a checkpoint of this log.',
  older_larger: `The log has become shorter: a backup was restored, or its end was cut off. ${keep}`,
  older_differs: `History was rewritten since the older head was signed, or these are two logs of one name. ${keep}`,

  row_changed: `The event was changed in the database after it was stored. ${stop}`,
  row_misfiled: `The event's row was changed in the database: it is found under the wrong stream. ${stop}`,
  row_foreign: `An event was put in past the log; nothing of it counts. ${stop}`,
  row_missing: `Rows were removed from the database. ${stop}`,
  tree_differs: `The stored tree is not that of the stored events: one of the two was changed in the database. ${stop}`,

  bundle_malformed: `The list of what belongs to the bundle was damaged or edited. ${again}`,
  bundle_missing: `The bundle is not whole: what it lists is not in it. ${again}`,
  bundle_unlisted: 'Something was put into the bundle that it does not list; nothing vouches for it.',
  proof_refused: `The event is not the one in the signed log: it or its proof was changed, or is of another log. ${keep}`,
} as const;
