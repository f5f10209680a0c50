import { stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { loadConfig } from '../config.ts';
import { loadRules } from '../policy/load.ts';
import type { Rules } from '../policy/rules.ts';
import { CliError } from './io.ts';

/** A folder of rules that holds together. */
export interface RulesFolder {
  readonly rules: Rules;
  readonly folder: string;
  readonly file: string;
}

/** Where the rules are that an argument names: a folder, or its catalogue; without one, those of the configuration. */
export async function rulesFileOf(argument: string | undefined): Promise<string> {
  if (argument === undefined) return loadConfig().catalogueFile;
  const found = await stat(resolve(argument)).catch(() => null);
  if (found === null) throw new CliError('notFound', `${argument}: there is no such folder or file`);
  return found.isDirectory() ? join(resolve(argument), 'catalogue.yaml') : resolve(argument);
}

export async function openRules(argument: string | undefined): Promise<RulesFolder> {
  const file = await rulesFileOf(argument);
  return { rules: await loadRules(file), folder: dirname(file), file };
}

/** A path as people and code scanning read it: from where the command was given, where it lies below. */
export function shownPath(path: string): string {
  const from = relative(process.cwd(), path);
  return from.startsWith('..') || from === '' ? path : from;
}
