import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { parseVkey } from './audit/note.ts';
import { canonical, isInside } from './paths.ts';
import { SecretReferences } from './secret-references.ts';
import { SIEM_SETTINGS, type SiemSettings, siemOf } from './siem/settings.ts';

export type Env = Readonly<Record<string, string | undefined>>;

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
  /** Where signed heads of the log go, besides the catalogue's channel. */
  readonly anchors: AnchorsConfig;
  /** Where events of the log go, one by one; null: nowhere. */
  readonly siem: SiemSettings | null;
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

export interface Problem {
  readonly setting: string;
  /** What is wrong, in words that follow the setting's name; never the value of a secret. */
  readonly what: string;
  readonly remedy: string;
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

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

interface Setting {
  readonly schema: z.ZodType;
  readonly rule: string | ((value: string) => string);
  readonly remedy: string;
}

const path = { schema: z.string().max(4_096), rule: 'is no path', remedy: 'Give a path' };
const bearer = {
  schema: z.string().regex(/^[\x21-\x7e]{16,512}$/),
  rule: 'must be 16 to 512 characters without spaces',
  remedy: 'Make one with: openssl rand -hex 32',
};

/** Every setting there is, and what it must look like. `.env.example` explains them; a test keeps both the same. */
const SETTINGS = {
  COUNTERSIGN_DATA: path,
  COUNTERSIGN_KEYS: path,
  COUNTERSIGN_CATALOGUE: path,
  COUNTERSIGN_HOST: {
    schema: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/),
    rule: 'must be the name or address of an interface',
    remedy: 'Set 127.0.0.1 behind a proxy on this machine, or 0.0.0.0 in a container',
  },
  COUNTERSIGN_PORT: {
    schema: z
      .string()
      .regex(/^\d{1,5}$/)
      .transform(Number)
      .pipe(z.int().max(65_535)),
    rule: (value) =>
      value.startsWith('tcp://') ? 'was set by Kubernetes' : 'must be a whole number from 0 to 65535',
    remedy: 'Set 3000, or 0 for any free port (in a pod: enableServiceLinks: false)',
  },
  COUNTERSIGN_PUBLIC_URL: {
    schema: z.string().transform(publicUrl),
    rule: 'must be https (http on loopback alone), without user, query or fragment',
    remedy: 'Set the address under which others reach this process, such as https://access.example.com',
  },
  COUNTERSIGN_LOG_LEVEL: {
    schema: z.enum(LOG_LEVELS),
    rule: `must be one of ${LOG_LEVELS.join(', ')}`,
    remedy: 'Set info',
  },
  COUNTERSIGN_LOG_FORMAT: {
    schema: z.enum(LOG_FORMATS),
    rule: `must be one of ${LOG_FORMATS.join(', ')}`,
    remedy: 'Set json where a program reads the log',
  },
  COUNTERSIGN_ANCHOR_FOLDER: path,
  COUNTERSIGN_TIMESTAMP_URL: {
    schema: z.url({ protocol: /^https?$/ }).refine((value) => isPlain(value)),
    rule: 'must be http or https, without user and password',
    remedy: 'Set the address of an RFC 3161 server, such as http://timestamp.example.com',
  },
  COUNTERSIGN_WITNESS_URL: {
    schema: z.string().transform(publicUrl),
    rule: 'must be https (http on loopback alone), without user, query or fragment',
    remedy: "Set the witness's submission prefix: what stands before /add-checkpoint",
  },
  COUNTERSIGN_WITNESS_VKEY: {
    schema: z.string().refine(isCosigner),
    rule: 'must be the key of a witness as C2SP writes it: name+id+key, of type 4',
    remedy: 'Copy it from where the witness is published',
  },
  ...SIEM_SETTINGS,
  COUNTERSIGN_METRICS_TOKEN: bearer,
  COUNTERSIGN_INTROSPECTION_SECRET: bearer,
  SLACK_BOT_TOKEN: {
    schema: z.string().regex(/^xoxb-[A-Za-z0-9-]+$/),
    rule: (value) => wrongToken(value, 'must be a bot token, which starts with xoxb-'),
    remedy: "Copy it from the app's page: OAuth & Permissions, Bot User OAuth Token",
  },
  SLACK_SIGNING_SECRET: {
    schema: z.string().regex(/^(?!x(ox|app))[\x21-\x7e]{16,256}$/),
    rule: (value) => wrongToken(value, 'must be the 32 characters of the signing secret'),
    remedy: "Copy it from the app's page: Basic Information, App Credentials, Signing Secret",
  },
  SLACK_APP_TOKEN: {
    schema: z.string().regex(/^xapp-[A-Za-z0-9-]+$/),
    rule: (value) => wrongToken(value, 'must be an app-level token, which starts with xapp-'),
    remedy: "Make one on the app's page: Basic Information, App-Level Tokens, with connections:write",
  },
  SLACK_MODE: {
    schema: z.enum(['http', 'socket']),
    rule: 'must be http or socket',
    remedy: 'Set socket where Slack cannot reach this process, else http',
  },
  SLACK_API_URL: {
    schema: z
      .url({ protocol: /^https?$/ })
      .refine((value) => URL.canParse(value) && isLoopback(new URL(value).hostname)),
    rule: 'may name a loopback address alone: it is for tests against a local workspace',
    remedy: 'Remove it to talk to Slack',
  },
} satisfies Record<string, Setting>;

type SettingName = keyof typeof SETTINGS;
type Values = { [K in SettingName]?: z.output<(typeof SETTINGS)[K]['schema']> };

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

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
  const siem = siemOf(values, { cwd, isLoopback, isSet: (name) => merged[name] !== undefined }, problems);
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
    anchors,
    siem,
    secretValues: [
      values.SLACK_BOT_TOKEN,
      values.SLACK_SIGNING_SECRET,
      values.SLACK_APP_TOKEN,
      values.COUNTERSIGN_METRICS_TOKEN,
      values.COUNTERSIGN_INTROSPECTION_SECRET,
      merged['COUNTERSIGN_SIEM_SECRET'],
      // Where a collector has no other, its path is the password.
      siem?.to.kind === 'endpoint' ? siem.to.url.href : undefined,
    ].filter((value) => value !== undefined),
    references: new SecretReferences(merged, cwd),
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

function parseSettings(env: Env, problems: Problem[]): Values {
  const values: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const value = env[name];
    if (value === undefined) continue;
    const { schema, rule, remedy }: Setting = SETTINGS[name];
    if (value.trim() === '') {
      problems.push({ setting: name, what: 'is empty', remedy: 'Give it a value or remove it' });
      continue;
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) values[name] = parsed.data;
    else problems.push({ setting: name, what: typeof rule === 'string' ? rule : rule(value), remedy });
  }
  // Each value came out of the schema of its own name.
  return values as Values;
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

function unknownSettings(env: Env): Problem[] {
  return Object.keys(env).flatMap((name) => {
    if (SETTING_NAMES.some((known) => known === name)) return [];
    const [near] = SETTING_NAMES.filter((known) => distance(known, name) <= 2);
    // Other programs have SLACK_ settings too; only a likely slip is ours to refuse.
    if (!name.startsWith('COUNTERSIGN_') && !(name.startsWith('SLACK_') && near !== undefined)) return [];
    const remedy = near === undefined ? 'Remove it; .env.example lists them all' : `Did you mean ${near}?`;
    return [{ setting: name, what: 'is no setting of ours', remedy }];
  });
}

/** Levenshtein's distance of two names; lengths more than 2 apart are no slip. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries()) {
      const swap = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function wrongToken(value: string, otherwise: string): string {
  if (value !== value.trim()) return 'has spaces around it';
  const kind = { xoxb: 'a bot token', xoxp: 'a user token', xapp: 'an app-level token' }[value.slice(0, 4)];
  return kind === undefined || otherwise.includes(kind.slice(2))
    ? otherwise
    : `holds ${kind}: it ${otherwise}`;
}

function publicUrl(value: string, context: z.RefinementCtx): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  const plain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!safe || !plain) context.addIssue({ code: 'custom', message: 'no public address' });
  return value.replace(/\/+$/, '');
}

function isPlain(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : null;
  return url?.username === '' && url.password === '';
}

/** Type 4 is Ed25519 with the time in it: what C2SP has a witness sign with. */
function isCosigner(vkey: string): boolean {
  try {
    return parseVkey(vkey).algorithm === 4;
  } catch {
    return false;
  }
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}
