import { existsSync } from 'node:fs';
import { openAnchors } from '../anchors/open.ts';
import { databaseFile } from '../base.ts';
import type { Config } from '../config.ts';
import { LIMITS } from '../limits.ts';
import type { SealShelf } from '../ports/audit-log.ts';
import type { Catalogue } from '../ports/catalogue.ts';
import type { HealthFinding } from '../ports/connector.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import { utc } from './io.ts';

/** Where signed heads of the log go, and whether those that went there last are of late. */
export async function anchorFindings(
  config: Config,
  { audit }: Catalogue,
  now: number,
): Promise<readonly HealthFinding[]> {
  const names = [...namesOf(config), ...(audit.channel === null ? [] : [`channel:${audit.channel}`])];
  const file = databaseFile(config);
  if (!existsSync(file)) return [whereTo(names)];
  await using reader = await openSqliteReader(file);
  return [whereTo(names), ...(await late(reader, names, now))];
}

/** Without a chat: a channel is no more than its name here. */
function namesOf({ anchors: settings }: Config): readonly string[] {
  const none = {
    channel: null,
    chats: [],
    newest: async () => null,
    random: (size: number) => new Uint8Array(size),
  };
  return openAnchors({ settings, ...none }).map(({ name }) => name);
}

function whereTo(names: readonly string[]): HealthFinding {
  const isElsewhere = names.some((name) => name !== 'folder');
  if (isElsewhere && names.some(canBeAsked)) return { level: 'ok', what: names.join(', ') };
  if (isElsewhere)
    return {
      level: 'warning',
      what: `${names.join(', ')}: none can be asked at start, so a log that was rewritten would go unnoticed until people compare`,
      remedy: 'set an anchor folder or a witness as well (.env.example)',
    };
  const what = names.length === 0 ? 'the log’s heads go nowhere' : 'the log’s heads go to a folder alone';
  const remedy =
    'name a channel as audit.channel in the catalogue, or set a time-stamp server or a witness (.env.example)';
  return { level: 'warning', what: `${what}: whoever owns this machine can change both`, remedy };
}

/** A channel and a time-stamp server take heads, and give none back. */
const canBeAsked = (name: string): boolean => name === 'folder' || name.startsWith('witness:');

type Shelf = Pick<SealShelf, 'newestCheckpoint' | 'newestReceipt'>;

async function late(shelf: Shelf, names: readonly string[], now: number): Promise<readonly HealthFinding[]> {
  const newest = await shelf.newestCheckpoint();
  if (newest === null || now - newest.at < LIMITS.anchorOldMs) return [];
  const receipts = await Promise.all(
    names.map(async (name) => ({ name, receipt: await shelf.newestReceipt(name) })),
  );
  return receipts
    .filter(({ receipt }) => receipt?.root !== newest.root)
    .map(({ name, receipt }) => ({
      level: 'warning',
      what: `${name} has not taken the newest head of ${newest.size} events, signed ${utc(newest.at)}; ${
        receipt === null ? 'it has taken none' : `its last is of ${receipt.size}, ${utc(receipt.at)}`
      }`,
      remedy: 'the log of the bot says why; it is tried again for as long as the bot runs',
    }));
}
