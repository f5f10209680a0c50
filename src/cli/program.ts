import { Command, CommanderError, Option } from 'commander';
import { requestId } from '../domain/values.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { evidenceCommand } from './evidence.ts';
import { complain, CliError, EXIT, explainError } from './io.ts';
import { keysInit, keysList, keysRetire, keysRotate } from './keys.ts';
import { logCommands } from './log.ts';
import { policyCommands } from './policy.ts';
import { projectionsRebuild } from './projections.ts';
import { grantList, requestList, requestShow } from './requests.ts';
import { reportCommands } from './report.ts';
import { revokeCommand } from './revoke.ts';
import { startCommand } from './start.ts';

const EXAMPLES = `
Examples:
  countersign start                        the bot, or without Slack settings a
                                           workspace to try it in
  countersign demo                         a scripted run of everything
  countersign doctor                       is everything as it should be?
  countersign request list --phase active  who has access now
  countersign request show req_0123456789ab
  countersign revoke req_0123456789ab --as finn --reason "laptop lost"

Settings come from the environment and from .env; .env.example explains each.
Exit codes: 0 done, 1 failed, 2 wrong command line, 3 configuration refused,
4 not found.`;

/** Runs one command line; answers the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const program = build();
  try {
    await program.parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { text, exit } = explainError(error);
    complain(text);
    return exit;
  }
}

const json = (): Option => new Option('--json', 'one JSON document on standard output');

function build(): Command {
  const program = new Command('countersign')
    .description('Temporary elevated access from chat: asked for, countersigned, proven gone.')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('Try: countersign --help')
    .exitOverride()
    .configureHelp({ helpWidth: 80 });
  program
    .command('start')
    .description('start the bot; without Slack settings, a local workspace with it')
    .action(startCommand);
  program
    .command('demo')
    .description('play the whole life of a request against a real database')
    .option('--keep <folder>', 'leave database and logs of the run there')
    .action(demoCommand);
  program
    .command('doctor')
    .description('check configuration, keys, catalogue, chat and every target')
    .addOption(json())
    .action(doctorCommand);
  requestCommands(program);
  const grant = program.command('grant').description('access that has been granted');
  grant.command('list').description('who has access now, and until when').addOption(json()).action(grantList);
  program
    .command('revoke <request>')
    .description('end a grant now, and wait until its removal is proven')
    .requiredOption('--as <person>', 'who you are: an operator, by the catalogue’s key')
    .requiredOption('--reason <text>', 'why; it is told in the thread')
    .option('--wait <seconds>', 'how long to wait for the proof', '60')
    .action((id: string, options) => revokeCommand(requestIdOf(id), options));
  program
    .command('projections')
    .description('lists that can be thrown away')
    .command('rebuild')
    .description('drop and rebuild them from the log (the bot must be stopped)')
    .action(projectionsRebuild);
  reportCommands(program);
  policyCommands(program, json);
  keyCommands(program);
  logCommands(program, json);
  return inherit(program);
}

function requestCommands(program: Command): void {
  const request = program.command('request').description('requests for access');
  request
    .command('list')
    .description('the newest requests')
    .option('--phase <phase>', 'requested, approved, active, revoking, revoked, denied, …')
    .option('--person <key>', 'requests of this person, by the catalogue’s key')
    .option('--entitlement <id>', 'requests for this entitlement')
    .option('--limit <n>', 'at most this many (1 to 200)', '20')
    .addOption(json())
    .action(requestList);
  request
    .command('show <request>')
    .description('all that is known of one request, event by event')
    .option('--as <person>', 'show what people wrote, as far as you may read it')
    .addOption(json())
    .action((id: string, options) => requestShow(requestIdOf(id), options));
  program
    .command('evidence <request>')
    .description('all of one request with its proofs, to be checked without us')
    .requiredOption('--as <person>', 'who you are, by the catalogue’s key; that you read it is recorded')
    .option('--out <path>', 'a new folder, or a new file ending in .zip')
    .action((id: string, options) => evidenceCommand(requestIdOf(id), options));
}

function keyCommands(program: Command): void {
  const keys = program.command('keys').description('the installation’s keys');
  keys
    .command('init')
    .description('make them, where COUNTERSIGN_KEYS says; existing ones stay')
    .option('--origin <name>', 'what the log is called, like access.example.com/log')
    .action(keysInit);
  keys.command('list').description('those that sign the log, for whoever verifies it').action(keysList);
  keys.command('rotate').description('add one that signs the log beside the others').action(keysRotate);
  keys
    .command('retire <id>')
    .description('have one sign no more; what it signed stays good')
    .action((id: string) => keysRetire(id));
}

function requestIdOf(text: string) {
  const parsed = requestId.safeParse(text);
  if (!parsed.success)
    throw new CliError('usage', `"${text.slice(0, 40)}" is no request id: expected req_ and 12 characters`);
  return parsed.data;
}

/** Sub-commands throw like their parent, instead of ending the process. */
function inherit(command: Command, path = command.name()): Command {
  for (const child of command.commands) {
    const name = `${path} ${child.name()}`;
    child.copyInheritedSettings(command).showHelpAfterError(`Try: ${name} --help`);
    inherit(child, name);
  }
  return command;
}
