import { notLonger, notTheirOwn, onWhatWasShown, quorumMet } from './consent.ts';
import type { Case, Finding, Rule } from './finding.ts';
import { expiryFirst, provenGone, shownOnce } from './grant.ts';
import { leftTheHouse, rulesOnRecord, textsAccountedFor } from './record.ts';

/** In the order in which a reader asks. */
const RULES: readonly Rule[] = [
  notTheirOwn,
  quorumMet,
  onWhatWasShown,
  notLonger,
  expiryFirst,
  shownOnce,
  provenGone,
  rulesOnRecord,
  textsAccountedFor,
  leftTheHouse,
];

/** What an auditor would claim of the request, each judged by the events alone. */
export const findingsOf = (about: Case): readonly Finding[] => RULES.map((judge) => judge(about));
