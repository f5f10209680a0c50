import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Env } from '../../src/config.ts';
import { evolve } from '../../src/domain/evolve.ts';
import { loadKeys } from '../../src/keys.ts';
import type { Store } from '../../src/ports/store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { following, opening } from '../contracts/store-samples.ts';
import { runHere } from './command-line.ts';
import type { Ran } from './process.ts';

/** An installation with a log and no bot: keys, a database, a folder for anchors. */
export class LogInstallation implements AsyncDisposable {
  readonly folder: string;
  readonly settings: Env;

  constructor(folder: string) {
    this.folder = folder;
    this.settings = {
      COUNTERSIGN_DATA: join(folder, 'data'),
      COUNTERSIGN_KEYS: join(folder, 'keys'),
      COUNTERSIGN_ANCHOR_FOLDER: this.anchors,
    };
  }

  get database(): string {
    return join(this.folder, 'data', 'countersign.db');
  }

  get anchors(): string {
    return join(this.folder, 'anchors');
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  run(...args: readonly string[]): Promise<Ran> {
    return runHere(args, this.settings, this.folder);
  }

  /** As the bot has it open: nobody else may then. */
  open(): Promise<Store> {
    const { sealer } = loadKeys(this.path('keys'), { create: false });
    const ids = { salt: () => randomBytes(16), event: () => randomUUID() };
    return openSqliteStore({ file: this.database, ids, now: Date.now, random: randomBytes, sealer, evolve });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

export async function openLogInstallation(): Promise<LogInstallation> {
  const installation = new LogInstallation(await mkdtemp(join(tmpdir(), 'countersign-log-')));
  await mkdir(installation.anchors);
  await installation.run('keys', 'init');
  return installation;
}

/** Requests `from` up to `to`, each with its justification and a reminder. */
export async function ask(store: Store, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) {
    await store.append(opening(n));
    await store.append(following(n, 1));
  }
}
