import { loadConfig } from '../config.ts';
import { loadKeys } from '../keys.ts';
import { installationPrefix } from '../connectors/registry.ts';
import { print } from './io.ts';

export async function keysInit(): Promise<void> {
  const { keysFolder } = loadConfig();
  const keys = loadKeys(keysFolder, { create: true });
  print(`Keys are in ${keysFolder}`);
  print(`Names on targets begin with ${installationPrefix(keys.installation)}`);
  print('Back them up apart from the database: without them sealed secrets do not open,');
  print('and credentials on targets are no longer known as ours.');
}
