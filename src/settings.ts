import { z } from 'zod';
import { parseVkey } from './audit/note.ts';
import { LDAP_SETTINGS } from './identity/settings.ts';
import { SIEM_SETTINGS } from './siem/settings.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Problem {
  readonly setting: string;
  /** What is wrong, in words that follow the setting's name; never the value of a secret. */
  readonly what: string;
  readonly remedy: string;
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

const scimToken = {
  // What a bearer token may be written with (RFC 6750, 2.1).
  schema: z.string().regex(/^(?=.{32,512}$)[A-Za-z0-9\-._~+/]+=*$/),
  rule: 'must be 32 to 512 letters, digits and -._~+/',
  remedy: 'Make one with: openssl rand -hex 32',
};

/** Every setting there is, and what it must look like. `.env.example` explains them; a test keeps both the same. */
export const SETTINGS = {
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
  ...LDAP_SETTINGS,
  COUNTERSIGN_METRICS_TOKEN: bearer,
  COUNTERSIGN_INTROSPECTION_SECRET: bearer,
  COUNTERSIGN_SCIM_TOKEN: scimToken,
  COUNTERSIGN_SCIM_TOKEN_PREVIOUS: scimToken,
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

export type SettingName = keyof typeof SETTINGS;
export type Values = { [K in SettingName]?: z.output<(typeof SETTINGS)[K]['schema']> };

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** Each setting by itself; what is wrong with one is put to `problems`. */
export function parseSettings(env: Env, problems: Problem[]): Values {
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

/** Names that are no settings of ours and look as if they were meant to be. */
export function unknownSettings(env: Env): Problem[] {
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

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}
