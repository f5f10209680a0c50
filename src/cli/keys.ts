import { loadConfig } from '../config.ts';
import { installationPrefix } from '../connectors/registry.ts';
import { loadKeys } from '../keys.ts';
import {
  createLogKeys,
  type LogKey,
  type LogKeys,
  openLogKeys,
  retireLogKey,
  rotateLogKeys,
} from '../log-keys.ts';
import { systemClock } from '../system.ts';
import { print, utc } from './io.ts';

export async function keysInit({ origin }: { origin?: string }): Promise<void> {
  const { keysFolder } = loadConfig();
  const keys = loadKeys(keysFolder, { create: true });
  const wanted = { installation: keys.installation, origin: origin ?? null };
  const ofLog = createLogKeys(keysFolder, wanted, { now: systemClock.now() });
  print(`Keys are in ${keysFolder}`);
  print(`Names on targets begin with ${installationPrefix(keys.installation)}`);
  print(`The log signs its heads as ${ofLog.origin}`);
  print('Back them up apart from the database: without them sealed secrets do not open,');
  print('and credentials on targets are no longer known as ours.');
}

/** The keys that sign the log: who verifies it needs those lines, and a witness its origin as well. */
export async function keysList(): Promise<void> {
  show(openLogKeys(loadConfig().keysFolder));
}

export async function keysRotate(): Promise<void> {
  const keys = rotateLogKeys(loadConfig().keysFolder, { now: systemClock.now() });
  show(keys);
  print('\nThe new one signs from now on, beside those before it; a bot that runs takes it');
  print('up by itself. Tell those who verify the log, then end the old one:');
  print('countersign keys retire ID');
}

export async function keysRetire(id: string): Promise<void> {
  show(retireLogKey(loadConfig().keysFolder, id, systemClock.now()));
  print('\nWhat it has signed stays good; nothing new is signed with it.');
}

function show(keys: LogKeys): void {
  print(`Origin: ${keys.origin}`);
  for (const key of keys.keys()) print(`\n${key.vkey}\n  ${describe(key)}`);
}

const describe = ({ id, createdAt, retiredAt }: LogKey): string =>
  retiredAt === null
    ? `${id} signs, since ${utc(createdAt)}`
    : `${id} signed from ${utc(createdAt)} to ${utc(retiredAt)}`;
