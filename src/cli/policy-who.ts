import { formatDuration } from '../domain/duration.ts';
import { judge, type Judgement } from '../policy/cases/judgement.ts';
import type { PolicyInput } from '../policy/input.ts';
import { loadRules } from '../policy/load.ts';
import { folded, print } from './io.ts';
import { rulesFileOf } from './policy-folder.ts';
import { openPeople } from './policy-people.ts';
import { askedOf, type AskedOptions, givenOf, wallText } from './policy-question.ts';
import { complainOfGroups } from './policy-report.ts';
import { reasonText, stageNames } from './policy-words.ts';

export interface WhoOptions extends AskedOptions {
  readonly given?: readonly string[];
  readonly folder?: string;
}

interface Answered {
  readonly key: string;
  readonly name: string;
  readonly said: Judgement;
}

/** `countersign policy who`: everyone of the catalogue, and what the rules say if they ask at that moment. */
export async function policyWho(entitlement: string, options: WhoOptions): Promise<void> {
  const rules = await loadRules(await rulesFileOf(options.folder));
  await using people = await openPeople(rules, options.folder === undefined ? 'configured' : 'catalogue');
  const asked = askedOf(rules, entitlement, options);
  const { at, durationMs, resource } = asked;
  complainOfGroups(people.unknown);
  const holders = await people.holders([...rules.catalogue.groups.keys()], at);
  const rest = { v: 1, action: 'request', entitlement, durationMs, at, startAt: null, vote: null } as const;
  const answers: Answered[] = [];
  for (const { key, name } of rules.catalogue.people.values()) {
    const person = await people.asking(key, at);
    if (person === null) continue;
    const input: PolicyInput = { ...rest, ...givenOf(options.given ?? []), person };
    answers.push({ key, name, said: judge(rules, input, holders) });
  }
  print(`${entitlement}, for ${formatDuration(durationMs)}, ${wallText(rules, at, resource.zone)}\n`);
  show(answers);
}

/** Those who may first; why not, under the name where it does not fit beside it. */
function show(answers: readonly Answered[]): void {
  const may = answers.filter(({ said }) => said.outcome !== 'no-access');
  const others = answers.filter(({ said }) => said.outcome === 'no-access');
  const width = Math.max(...answers.map(({ name, key }) => name.length + key.length)) + 5;
  for (const { key, name, said } of [...may, ...others]) {
    const head = `${said.outcome === 'no-access' ? '✗' : '✓'} ${`${name} (${key})`.padEnd(width)}`;
    const [first = '', ...more] = folded(wordsOf(said), 80 - head.length).split('\n');
    print(`${head}${first}`);
    for (const line of more) print(`${' '.repeat(head.length)}${line.trim()}`);
  }
  print(`\n${may.length} of ${answers.length} may ask for it then.`);
}

function wordsOf({ outcome, stages, order, reason }: Judgement): string {
  if (outcome === 'no-access') return reason === null ? 'nothing permits it' : reasonText(reason);
  return outcome === 'requires-approval' ? stageNames(stages, order) : 'at once';
}
