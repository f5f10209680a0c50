import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from './world.ts';
import { countersign, type Run, standaloneVerifier, withNodeAlone } from './command-line.ts';
import { Desk, textOf } from './people.ts';
import { expect, type Steps } from './steps.ts';

const AUDIT_CHANNEL = 'access-log';
const APPROVERS = 'db-approvals';

/** What is to be forgotten: who wrote it, what it said, and the event it lies beside. */
export interface Slip {
  readonly text: string;
  readonly index: number;
}

/** The log proves itself: to whoever has three files, with a text erased, and against one changed byte. */
export async function playRecord(world: World, folder: string, slip: Slip, steps: Steps): Promise<void> {
  const cleo = new Desk(world.workspace, 'U0CLEO', 'Cleo');
  const verifier = await standaloneVerifier(folder);
  const verify = (name: string): Promise<Run> => withNodeAlone(verifier, [join(folder, name)], folder);

  await steps.step(
    'A signed head of the log has left the database, in #access-log',
    async () => {
      const size = await world.bot.store.size();
      expect(size > 0, 'events on record');
      return cleo.message(AUDIT_CHANNEL, (text) => text.includes('Signed head'), 'a signed head');
    },
    (message) => textOf(message).split('\n').filter(Boolean)[0] ?? '',
  );
  await steps.step(
    'Hana, an auditor, exports the log; that she reads it is on record',
    () => done(countersign(folder, ['log', 'export', 'export-1', '--as', 'hana'])),
    firstLine,
  );
  await steps.step(
    'Node alone verifies it: signature, tree, texts',
    () => done(verify('export-1')),
    lastLine,
  );
  await steps.step(
    'Ben’s reason named someone: an operator erases it',
    () =>
      done(
        countersign(
          folder,
          ['log', 'redact', '--as', 'finn', '--event', String(slip.index)].concat([
            '--field',
            'justification',
            '--reason',
            'it named a customer',
          ]),
        ),
      ),
    firstLine,
  );
  await steps.step('It is gone from the card too', () =>
    cleo.message(
      APPROVERS,
      (text) => text.includes('edacted') && !text.includes(slip.text),
      'the card without the text',
    ),
  );
  await steps.step(
    'A new export verifies: what is missing is accounted for',
    async () => {
      await done(countersign(folder, ['log', 'export', 'export-2', '--as', 'hana']));
      const texts = await readFile(join(folder, 'export-2', 'disclosures.ndjson'), 'utf8');
      expect(!opened(texts).includes(slip.text), 'the text in no disclosure');
      return done(verify('export-2'));
    },
    lastLine,
  );
  await steps.step(
    'One byte of one event is changed: found, and where',
    async () => {
      await changeOneByte(join(folder, 'export-2', 'events.ndjson'), slip.index);
      const { code, out } = await verify('export-2');
      expect(code === 1 && out.includes(String(slip.index)), `event ${slip.index} to be named`);
      return out.slice(out.lastIndexOf('\n\n') + 2);
    },
    (words) => words.trim(),
  );
}

async function done(running: Promise<Run>): Promise<Run> {
  const { code, out } = await running;
  if (code !== 0) throw new Error(`exit code ${code}: ${out.trim()}`);
  return { code, out };
}

const firstLine = ({ out }: Run): string => out.trim().split('\n')[0] ?? '';
const lastLine = ({ out }: Run): string => out.trim().split('\n').at(-1) ?? '';

/** The texts behind an export's disclosures. */
const opened = (lines: string): string =>
  lines.replace(/[\w-]{20,}/g, (each) => Buffer.from(each, 'base64url').toString());

/** A digit of the event's time: still a well-formed event, and another one. */
async function changeOneByte(file: string, index: number): Promise<void> {
  const lines = (await readFile(file, 'latin1')).split('\n');
  lines[index] = (lines[index] ?? '').replace(
    /"at":(\d)/,
    (_, digit: string) => `"at":${(Number(digit) % 9) + 1}`,
  );
  await writeFile(file, lines.join('\n'), 'latin1');
}
