import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { type LdapSettings, ldapOf } from './identity/settings.ts';
import { canonical, isInside } from './paths.ts';
import { SecretReferences } from './secret-references.ts';
import {
  type Env,
  isLoopback,
  type LogFormat,
  type LogLevel,
  parseSettings,
  type Problem,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  unknownSettings,
  type Values,
} from './settings.ts';
import { type SiemSettings, siemOf } from './siem/settings.ts';

export type { Env, LogFormat, LogLevel, Problem } from './settings.ts';

export type ChatConfig =
  /** No Slack settings at all: the local workspace plays Slack. */
  | { readonly kind: 'practice' }
  | {
      readonly kind: 'slack';
      readonly mode: 'http';
      readonly botToken: string;
      readonly signingSecret: string;
      readonly apiUrl: string | null;
    }
  | {
      readonly kind: 'slack';
      readonly mode: 'socket';
      readonly botToken: string;
      readonly appToken: string;
      readonly apiUrl: string | null;
    };

/** Folders and files are absolute. `null`: not set. */
export interface Config {
  readonly chat: ChatConfig;
  readonly dataFolder: string;
  readonly keysFolder: string;
  readonly catalogueFile: string;
  readonly host: string;
  readonly port: number;
  /** Without a slash at its end. */
  readonly publicUrl: string | null;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  readonly metricsToken: string | null;
  readonly introspectionSecret: string | null;
  /** What an identity provider may present to push users and groups; none: it cannot. */
  readonly scimTokens: readonly string[];
  /** Where signed heads of the log go, besides the catalogue's channel. */
  readonly anchors: AnchorsConfig;
  /** Where events of the log go, one by one; null: nowhere. */
  readonly siem: SiemSettings | null;
  /** Where the catalogue's groups of source `ldap` are read; null: nowhere. */
  readonly ldap: LdapSettings | null;
  /** Every secret value above, for the logger to mask wherever it turns up. */
  readonly secretValues: readonly string[];
  readonly references: SecretReferences;
}

export interface AnchorsConfig {
  readonly folder: string | null;
  readonly timeStampUrl: string | null;
  /** `url` is its submission prefix, without a slash at its end; `vkey` is what it cosigns with. */
  readonly witness: { readonly url: string; readonly vkey: string } | null;
}

/** Everything that is wrong with the configuration, at once. */
export class ConfigError extends Error {
  readonly code = 'config_invalid';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    const lines = problems.map(
      ({ setting, what, remedy }) => `  ${setting} ${what}. ${remedy}${/[.?!]$/.test(remedy) ? '' : '.'}`,
    );
    super(['the configuration is refused:', ...lines].join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export interface LoadOptions {
  readonly envFile?: string | null;
  readonly cwd?: string;
  /** Settings that win over all others. */
  readonly overrides?: Env;
}

/**
 * Reads the settings from `env` and, for those not in it, from `envFile` (default: `.env` in `cwd` where there is
 * one; null: none). Throws ConfigError with every problem there is.
 */
export function loadConfig(
  env: Env = process.env,
  { envFile, cwd = process.cwd(), overrides = {} }: LoadOptions = {},
): Config {
  const problems: Problem[] = [];
  const merged = { ...readEnvFile(envFile, cwd, problems), ...env, ...overrides };
  problems.push(...unknownSettings(merged));
  const values = parseSettings(merged, problems);
  const chat = chatOf(values, merged, problems);
  const keysFolder = keysFolderOf(values, chat, cwd, problems);
  const anchors = anchorsOf(values, chat, cwd, merged, problems);
  const isSet = (name: SettingName) => merged[name] !== undefined;
  const siem = siemOf(values, { cwd, isLoopback, isSet }, problems);
  const scimTokens = scimTokensOf(values, merged, problems);
  const references = new SecretReferences(merged, cwd);
  const secretOf = (reference: string): string => {
    references.permit(reference);
    return references.secretOf(reference);
  };
  const ldap = ldapOf(values, { cwd, isLoopback, isSet, secretOf }, problems);
  const host = values.COUNTERSIGN_HOST ?? '127.0.0.1';
  if (chat?.kind === 'practice' && !isLoopback(host)) {
    problems.push({
      setting: 'COUNTERSIGN_HOST',
      what: 'must be loopback in practice mode, where anyone may act as anybody',
      remedy: 'Set 127.0.0.1, or configure Slack',
    });
  }
  if (problems.length > 0 || chat === null) throw new ConfigError(problems);
  const practice = chat.kind === 'practice';
  return {
    chat,
    dataFolder: resolve(cwd, values.COUNTERSIGN_DATA ?? '.countersign'),
    keysFolder,
    catalogueFile: resolve(cwd, values.COUNTERSIGN_CATALOGUE ?? EXAMPLE_CATALOGUE),
    host,
    port: values.COUNTERSIGN_PORT ?? 3000,
    publicUrl: values.COUNTERSIGN_PUBLIC_URL ?? null,
    log: {
      level: values.COUNTERSIGN_LOG_LEVEL ?? 'info',
      format: values.COUNTERSIGN_LOG_FORMAT ?? (practice ? 'pretty' : 'json'),
    },
    metricsToken: values.COUNTERSIGN_METRICS_TOKEN ?? null,
    introspectionSecret: values.COUNTERSIGN_INTROSPECTION_SECRET ?? null,
    scimTokens,
    anchors,
    siem,
    ldap,
    secretValues: [
      values.SLACK_BOT_TOKEN,
      values.SLACK_SIGNING_SECRET,
      values.SLACK_APP_TOKEN,
      values.COUNTERSIGN_METRICS_TOKEN,
      values.COUNTERSIGN_INTROSPECTION_SECRET,
      ...scimTokens,
      merged['COUNTERSIGN_SIEM_SECRET'],
      ldap?.password(),
      // Where a collector has no other, its path is the password.
      siem?.to.kind === 'endpoint' ? siem.to.url.href : undefined,
    ].filter((value) => value !== undefined),
    references,
  };
}

/** Beside `src` and `dist` alike. */
const EXAMPLE_CATALOGUE = fileURLToPath(new URL('../manifests/access/catalogue.yaml', import.meta.url));

function readEnvFile(file: string | null | undefined, cwd: string, problems: Problem[]): Env {
  if (file === null) return {};
  const at = resolve(cwd, file ?? '.env');
  try {
    return parseEnv(readFileSync(at, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    if (code === 'ENOENT' && file === undefined) return {};
    const what = `cannot be read (${code})`;
    problems.push({ setting: at, what, remedy: 'Make it readable for this process, or remove it' });
    return {};
  }
}

/** `env` tells what was set, `values` what was set well; a setting that is wrong already is not called missing. */
function chatOf(values: Values, env: Env, problems: Problem[]): ChatConfig | null {
  const isSet = (name: SettingName) => env[name] !== undefined;
  if (!SETTING_NAMES.some((name) => name.startsWith('SLACK_') && isSet(name))) return { kind: 'practice' };
  const miss = (setting: SettingName, why: string) => {
    if (isSet(setting)) return;
    problems.push({ setting, what: `is missing: ${why}`, remedy: SETTINGS[setting].remedy });
  };
  miss('SLACK_BOT_TOKEN', 'other Slack settings are there, and nothing can be posted without it');
  const mode = values.SLACK_MODE ?? modeOf(isSet, problems);
  if (mode === 'http') miss('SLACK_SIGNING_SECRET', 'requests over HTTP cannot be told from forged ones');
  if (mode === 'socket') miss('SLACK_APP_TOKEN', 'Socket Mode is opened with it');

  const {
    SLACK_BOT_TOKEN: botToken,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_APP_TOKEN: appToken,
  } = values;
  const apiUrl = values.SLACK_API_URL ?? null;
  if (botToken === undefined) return null;
  if (mode === 'http' && signingSecret !== undefined) {
    return { kind: 'slack', mode, botToken, signingSecret, apiUrl };
  }
  if (mode === 'socket' && appToken !== undefined) return { kind: 'slack', mode, botToken, appToken, apiUrl };
  return null;
}

function modeOf(isSet: (name: SettingName) => boolean, problems: Problem[]): 'http' | 'socket' | null {
  if (isSet('SLACK_MODE')) return null;
  const [http, socket] = [isSet('SLACK_SIGNING_SECRET'), isSet('SLACK_APP_TOKEN')];
  if (http !== socket) return http ? 'http' : 'socket';
  if (http) {
    problems.push({
      setting: 'SLACK_MODE',
      what: 'is missing, and SLACK_SIGNING_SECRET says http while SLACK_APP_TOKEN says socket',
      remedy: 'Set SLACK_MODE to http or socket',
    });
  } else {
    problems.push({
      setting: 'SLACK_SIGNING_SECRET',
      what: 'is missing, and so is SLACK_APP_TOKEN: Slack has no way in',
      remedy: 'Set SLACK_SIGNING_SECRET for HTTP, or SLACK_APP_TOKEN for Socket Mode',
    });
  }
  return null;
}

function keysFolderOf(values: Values, chat: ChatConfig | null, cwd: string, problems: Problem[]): string {
  const dataFolder = resolve(cwd, values.COUNTERSIGN_DATA ?? '.countersign');
  const given = values.COUNTERSIGN_KEYS;
  if (chat?.kind === 'practice') return resolve(cwd, given ?? join(dataFolder, 'keys'));
  const setting = 'COUNTERSIGN_KEYS';
  if (given === undefined) {
    const remedy = 'Set a folder outside the data folder, then run: countersign keys init';
    // Set but wrong is on the list already.
    if (!problems.some((problem) => problem.setting === setting)) {
      problems.push({ setting, what: 'is missing: a real workspace needs its own keys', remedy });
    }
    return dataFolder;
  }
  const keysFolder = resolve(cwd, given);
  if (isInside(canonical(dataFolder), canonical(keysFolder))) {
    const what = 'is inside the data folder: keys beside the data protect nothing';
    problems.push({ setting, what, remedy: 'Move the keys to a folder that is not copied with the data' });
  }
  return keysFolder;
}

function scimTokensOf(values: Values, env: Env, problems: Problem[]): readonly string[] {
  const { COUNTERSIGN_SCIM_TOKEN: token, COUNTERSIGN_SCIM_TOKEN_PREVIOUS: previous } = values;
  if (previous !== undefined && env['COUNTERSIGN_SCIM_TOKEN'] === undefined) {
    const what = 'is missing: COUNTERSIGN_SCIM_TOKEN_PREVIOUS is there, which is for a while beside it';
    const remedy = 'Set the new token, or remove both';
    problems.push({ setting: 'COUNTERSIGN_SCIM_TOKEN', what, remedy });
  }
  return [token, previous].filter((each) => each !== undefined);
}

function anchorsOf(
  values: Values,
  chat: ChatConfig | null,
  cwd: string,
  env: Env,
  problems: Problem[],
): AnchorsConfig {
  const dataFolder = resolve(cwd, values.COUNTERSIGN_DATA ?? '.countersign');
  const given = values.COUNTERSIGN_ANCHOR_FOLDER;
  const byDefault = chat?.kind === 'practice' ? join(dataFolder, 'anchors') : null;
  const folder = given === undefined ? byDefault : resolve(cwd, given);
  const beside = folder !== null && isInside(canonical(dataFolder), canonical(folder));
  if (beside && chat?.kind !== 'practice') {
    problems.push({
      setting: 'COUNTERSIGN_ANCHOR_FOLDER',
      what: 'is inside the data folder: whoever changes the log there would change its heads as well',
      remedy: 'Set a folder on another machine, or one that this user may only add to',
    });
  }
  const { COUNTERSIGN_WITNESS_URL: url, COUNTERSIGN_WITNESS_VKEY: vkey } = values;
  const needs = (other: SettingName, setting: SettingName): void => {
    if (env[other] === undefined || env[setting] !== undefined) return;
    problems.push({ setting, what: `is missing: ${other} is there`, remedy: SETTINGS[setting].remedy });
  };
  needs('COUNTERSIGN_WITNESS_URL', 'COUNTERSIGN_WITNESS_VKEY');
  needs('COUNTERSIGN_WITNESS_VKEY', 'COUNTERSIGN_WITNESS_URL');
  const witness = url === undefined || vkey === undefined ? null : { url, vkey };
  return { folder, timeStampUrl: values.COUNTERSIGN_TIMESTAMP_URL ?? null, witness };
}
