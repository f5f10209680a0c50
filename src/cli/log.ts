import { Command, Option } from 'commander';
import { logAccept } from './log-accept.ts';
import { logCheckpoint } from './log-checkpoint.ts';
import { logConsistency } from './log-consistency.ts';
import { logExport } from './log-export.ts';
import { logProve } from './log-prove.ts';
import { logRedact } from './log-redact.ts';
import { logSearch } from './log-search.ts';
import { logVerify } from './log-verify.ts';

const EXAMPLES = `
Examples:
  countersign log verify                     is all as it was signed?
  countersign log export ./log --as hana     for an auditor, with texts
  countersign log verify ./log --key log.vkey
  countersign log prove 12 --out 12.tlog-proof
  countersign log prove --check 12.tlog-proof --events ./log
  countersign log consistency 1000 ./checkpoint
  countersign log search --as hana --person ana --from 2026-11-01
  countersign log redact --as finn --event 12 --field justification --reason "…"`;

/** `countersign log …`: what the log proves, and who may read of it and erase beside it. */
export function logCommands(program: Command, json: () => Option): void {
  const log = program
    .command('log')
    .description('the log: check it, prove with it, read it, redact beside it')
    .addHelpText('after', EXAMPLES);
  proofCommands(log, json);
  log
    .command('search')
    .description('what is on record; that you read it is recorded')
    .requiredOption('--as <person>', 'who you are, by the catalogue’s key')
    .option('--person <key>', 'events of this person')
    .option('--entitlement <id>', 'of requests for this entitlement')
    .option('--type <type>', 'of this type, such as RevocationVerified')
    .option('--request <request>', 'of this request')
    .option('--from <time>', 'from this day (2026-11-01), or time with its zone, on')
    .option('--to <time>', 'up to the end of this day, or this time')
    .option('--limit <n>', 'at most this many')
    .addOption(json())
    .action(logSearch);
  log
    .command('redact')
    .description('erase a text beside an event, or with a second operator all of a person')
    .requiredOption('--as <person>', 'who you are: an operator, by the catalogue’s key')
    .option('--event <index>', 'the event beside which the text lies; with --field')
    .option('--field <name>', 'which text: justification, comment, reason, …')
    .option('--person <key>', 'all that is kept about this person; another operator must agree')
    .option('--approve <id>', 'agree to what another operator proposed')
    .option('--reason <text>', 'why; it stays on record')
    .action(logRedact);
  log
    .command('accept')
    .description('take the log as it is after a backup was restored (the bot must be stopped)')
    .requiredOption('--as <person>', 'who you are: an operator, by the catalogue’s key')
    .requiredOption('--with <person>', 'the other operator who takes it with you')
    .requiredOption('--reason <text>', 'why; it stays on record')
    .action(logAccept);
}

function proofCommands(log: Command, json: () => Option): void {
  log
    .command('verify [folder]')
    .description('check the database; or an exported log or evidence, in its folder')
    .option('--key <key>', 'of a folder: the log’s key as you know it, or a file of keys')
    .option('--since <checkpoint>', 'a file: the log must begin with what was signed there')
    .addOption(json())
    .action(logVerify);
  log
    .command('prove [index]')
    .description('prove that an event is in the log, or check such a proof (C2SP tlog-proof)')
    .option('--out <file>', 'write the proof there; an existing file is left as it is')
    .option('--check <proof>', 'check this proof, of the event in --leaf or --events')
    .option('--leaf <file>', 'the bytes of the event')
    .option('--events <folder>', 'an exported log that has the event')
    .option('--key <key>', 'the log’s key as you know it, or a file of keys')
    .action(logProve);
  log
    .command('export <folder>')
    .description('write the log into a new folder, for anyone to check')
    .option('--as <person>', 'with the texts that this person may read; that they do is recorded')
    .option('--tiles', 'as C2SP tlog-tiles, too')
    .action(logExport);
  log
    .command('checkpoint')
    .description('sign and print the head of the log as it is now (C2SP checkpoint)')
    .action(logCheckpoint);
  log
    .command('consistency <old> <new>')
    .description('prove that the log only grew between two sizes or checkpoint files')
    .addOption(json())
    .action(logConsistency);
}
