import { type Command, Option } from 'commander';
import { policyCheck } from './policy-check.ts';
import { policyDiff } from './policy-diff.ts';
import { policyExplain } from './policy-explain.ts';
import { policyGate } from './policy-gate.ts';
import { policyRevert } from './policy-revert.ts';
import { policySimulate } from './policy-simulate.ts';
import { policyTest } from './policy-test.ts';
import { policyVersions } from './policy-versions.ts';
import { policyWho } from './policy-who.ts';

const EXAMPLES = `
FOLDER has a catalogue.yaml, with what lies beside it; without one, the rules of
the configuration are meant.

Examples:
  countersign policy check manifests/access
  countersign policy test manifests/access
  countersign policy explain --person ana --entitlement orders-db:read
              --at "Sunday 03:00" --for 1h --given incident=1
  countersign policy who orders-db:read --at "2026-12-24 10:00"
  countersign policy diff ../before manifests/access
  countersign policy gate --base ../before manifests/access --sarif gate.sarif
  countersign policy simulate --against ../after --as hana`;

const CASE = `
A case, in tests/*.yaml beside the catalogue:
  - name: In the freeze nobody deploys
    person: ana                   # or groups: [developers], of somebody
    entitlement: pipeline:deploy
    at: 2026-12-24 10:00          # or Tuesday 10:00, of the first week of
                                  # June 2026, in the zone of the resource
    for: 30m
    given: { incident: { severity: 1 }, onCall: true, exceptions: [freeze] }
    expect: no-access             # auto-approved, requires-approval, allowed
    by: [forbid.freeze]           # and: stages, longest, impact, says, because`;

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `countersign policy …`: the rules, before they are in force and while they are. */
export function policyCommands(program: Command, json: () => Option): void {
  const policy = program
    .command('policy')
    .description('the rules: check, test, explain, compare, go back')
    .addHelpText('after', EXAMPLES);
  const reports = (command: Command): Command =>
    command
      .option('--junit <file>', 'the outcome as JUnit, for a CI server')
      .option('--sarif <file>', 'the problems as SARIF 2.1.0, for code scanning');
  reports(policy.command('check [folder]').description('whether a folder of rules holds together')).action(
    policyCheck,
  );
  reports(policy.command('test [folder]').description('put the cases in its tests/ to the rules'))
    .addHelpText('after', CASE)
    .action(policyTest);
  questionCommands(policy);
  comparing(policy, reports, json);
  policy
    .command('versions')
    .description('every set of rules that came into force')
    .addOption(json())
    .action(policyVersions);
  policy
    .command('revert <version>')
    .description('go back to earlier rules, until the folder says something new')
    .requiredOption('--as <person>', 'who you are: an operator, by the catalogue’s key')
    .requiredOption('--reason <text>', 'why; it stays on record')
    .action(policyRevert);
}

const ACTIONS = ['request', 'extend', 'activate', 'breakGlass'];

function questionCommands(policy: Command): void {
  const asking = (command: Command): Command =>
    command
      .option('--at <time>', '"Sunday 03:00", "2026-12-24 10:00", in the resource’s zone', 'now')
      .option('--for <duration>', 'for how long (default: the shortest that is offered)')
      .option('--given <what=value>', 'something known of the moment, such as incident=1', collect)
      .option('--folder <folder>', 'rules other than the configuration’s');
  asking(
    policy
      .command('explain')
      .description('what the rules say to one question, step by step')
      .requiredOption('--person <key>', 'who asks, by the catalogue’s key')
      .requiredOption('--entitlement <id>', 'for what')
      .addOption(new Option('--action <action>', 'what is asked').choices(ACTIONS).default('request')),
  ).action(policyExplain);
  asking(
    policy.command('who <entitlement>').description('who may ask for it then, and with whose consent'),
  ).action(policyWho);
}

function comparing(policy: Command, reports: (command: Command) => Command, json: () => Option): void {
  policy
    .command('diff <base> [folder]')
    .description('what is written otherwise, and who may what they might not before')
    .action(policyDiff);
  reports(
    policy
      .command('gate [folder]')
      .description('for CI: may a change of the rules be merged?')
      .requiredOption('--base <folder>', 'the rules before the change'),
  ).action(policyGate);
  policy
    .command('simulate')
    .description('put to other rules what was asked for; that you read it is recorded')
    .requiredOption('--against <folder>', 'the other rules')
    .requiredOption('--as <person>', 'who you are: an auditor, by the catalogue’s key')
    .option('--from <folder>', 'the rules to compare with (default: the configuration’s)')
    .option('--names', 'names instead of pseudonyms')
    .addOption(json())
    .action(policySimulate);
}
