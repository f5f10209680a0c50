import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatVkey } from '../src/audit/note.ts';
import { verifierKey } from '../src/audit/signature.ts';
import { ConfigError, loadConfig } from '../src/config.ts';
import type { Config, Env, Problem } from '../src/config.ts';
import { SETTING_NAMES } from '../src/settings.ts';

const BOT = 'xoxb-1111-2222-canarybot';
const APP = 'xapp-1-A1-3333-canaryapp';
const SIGNING = '0123456789abcdefcanarysigning456';
const HTTP = {
  SLACK_BOT_TOKEN: BOT,
  SLACK_SIGNING_SECRET: SIGNING,
  COUNTERSIGN_KEYS: '/etc/countersign/keys',
};

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'countersign-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const load = (env: Env, envFile?: string | null): Config =>
  loadConfig(env, { cwd, ...(envFile === undefined ? {} : { envFile }) });

function refusal(env: Env, envFile?: string | null): ConfigError {
  try {
    load(env, envFile);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
const problemsOf = (env: Env): readonly Problem[] => refusal(env).problems;
const named = (env: Env): readonly string[] => problemsOf(env).map(({ setting }) => setting);

describe('with nothing set', () => {
  it('is practice mode on loopback, with keys in the data folder', () => {
    const config = load({});
    expect(config.chat).toEqual({ kind: 'practice' });
    expect(config.dataFolder).toBe(join(cwd, '.countersign'));
    expect(config.keysFolder).toBe(join(cwd, '.countersign', 'keys'));
    expect([config.host, config.port, config.publicUrl]).toEqual(['127.0.0.1', 3000, null]);
    expect(config.log).toEqual({ level: 'info', format: 'pretty' });
    expect(config.catalogueFile).toMatch(/manifests[\\/]access[\\/]catalogue\.yaml$/);
  });

  it('does not let practice mode leave loopback', () => {
    expect(problemsOf({ COUNTERSIGN_HOST: '0.0.0.0' })).toEqual([
      {
        setting: 'COUNTERSIGN_HOST',
        what: 'must be loopback in practice mode, where anyone may act as anybody',
        remedy: 'Set 127.0.0.1, or configure Slack',
      },
    ]);
  });
});

describe('.env', () => {
  it('is read from the working folder, and the environment wins over it', () => {
    writeFileSync(join(cwd, '.env'), 'COUNTERSIGN_PORT=4000\nCOUNTERSIGN_LOG_LEVEL=debug\n');
    const config = load({ COUNTERSIGN_PORT: '5000' });
    expect([config.port, config.log.level]).toEqual([5000, 'debug']);
  });

  it('is left alone when told so', () => {
    writeFileSync(join(cwd, '.env'), 'COUNTERSIGN_PORT=4000\n');
    expect(load({}, null).port).toBe(3000);
  });

  it('must exist when it was named', () => {
    expect(refusal({}, 'other.env').message).toContain('other.env cannot be read (ENOENT)');
  });

  it('has an example that lists exactly the settings there are', () => {
    const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
    const listed = [...example.matchAll(/^#?((?:COUNTERSIGN|SLACK)_[A-Z_]+)=/gm)].map(([, name]) => name);
    expect(new Set(listed)).toEqual(new Set(SETTING_NAMES));
    expect(listed).toHaveLength(SETTING_NAMES.length);
  });
});

describe('where the heads of the log go', () => {
  const witness = (): Env => {
    const key = verifierKey('w.test', 4, Buffer.alloc(32, 7));
    return { COUNTERSIGN_WITNESS_URL: 'https://w.test/prefix/', COUNTERSIGN_WITNESS_VKEY: formatVkey(key) };
  };

  it('is nowhere unless it is said, and beside the data in practice', () => {
    expect(load(HTTP).anchors).toEqual({ folder: null, timeStampUrl: null, witness: null });
    expect(load({}).anchors.folder).toBe(join(cwd, '.countersign', 'anchors'));
  });

  it('is a folder, a time-stamp server and a witness', () => {
    const settings = {
      ...HTTP,
      ...witness(),
      COUNTERSIGN_ANCHOR_FOLDER: '/var/lib/anchors',
      COUNTERSIGN_TIMESTAMP_URL: 'http://stamp.test/tsr',
    };
    expect(load(settings).anchors).toEqual({
      folder: '/var/lib/anchors',
      timeStampUrl: 'http://stamp.test/tsr',
      witness: { url: 'https://w.test/prefix', vkey: witness()['COUNTERSIGN_WITNESS_VKEY'] },
    });
  });

  it('is not beside what they are to guard, links followed', () => {
    mkdirSync(join(cwd, 'data'));
    symlinkSync(join(cwd, 'data'), join(cwd, 'elsewhere'));
    for (const folder of ['data', 'data/anchors', 'elsewhere/anchors'])
      expect(named({ ...HTTP, COUNTERSIGN_DATA: 'data', COUNTERSIGN_ANCHOR_FOLDER: folder })).toEqual([
        'COUNTERSIGN_ANCHOR_FOLDER',
      ]);
    expect(load({ COUNTERSIGN_ANCHOR_FOLDER: '.countersign/heads' }).anchors.folder).toContain('heads');
  });

  it.each(['COUNTERSIGN_WITNESS_URL', 'COUNTERSIGN_WITNESS_VKEY'])('is no witness with %s alone', (alone) => {
    const other = Object.keys(witness()).filter((name) => name !== alone);
    expect(named({ ...HTTP, [alone]: witness()[alone] })).toEqual(other);
  });

  it.each<[string, string]>([
    ['COUNTERSIGN_WITNESS_URL', 'http://w.test'],
    ['COUNTERSIGN_WITNESS_URL', 'https://user@w.test'],
    ['COUNTERSIGN_WITNESS_VKEY', 'w.test'],
    ['COUNTERSIGN_WITNESS_VKEY', formatVkey(verifierKey('w.test', 1, Buffer.alloc(32, 7)))],
    ['COUNTERSIGN_TIMESTAMP_URL', 'ftp://stamp.test'],
    ['COUNTERSIGN_TIMESTAMP_URL', 'http://user:canary@stamp.test'],
  ])('%s is not %s', (setting, value) => {
    const settings = setting.includes('WITNESS') ? { ...HTTP, ...witness() } : HTTP;
    expect(named({ ...settings, [setting]: value })).toEqual([setting]);
    expect(refusal({ ...settings, [setting]: value }).message).not.toContain('canary');
  });
});

describe('Slack', () => {
  it('is HTTP with a signing secret, Socket Mode with an app token', () => {
    expect(load(HTTP).chat).toEqual({
      kind: 'slack',
      mode: 'http',
      botToken: BOT,
      signingSecret: SIGNING,
      apiUrl: null,
    });
    const socket = { SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: APP, COUNTERSIGN_KEYS: '/etc/keys' };
    expect(load(socket).chat).toEqual({
      kind: 'slack',
      mode: 'socket',
      botToken: BOT,
      appToken: APP,
      apiUrl: null,
    });
    expect(load(HTTP).log.format).toBe('json');
  });

  it('does not guess between the two', () => {
    expect(named({ ...HTTP, SLACK_APP_TOKEN: APP })).toEqual(['SLACK_MODE']);
    expect(load({ ...HTTP, SLACK_APP_TOKEN: APP, SLACK_MODE: 'socket' }).chat).toMatchObject({
      mode: 'socket',
    });
  });

  it.each<[string, Env, string[]]>([
    ['a bot token alone', { SLACK_BOT_TOKEN: BOT }, ['SLACK_SIGNING_SECRET']],
    ['a signing secret alone', { SLACK_SIGNING_SECRET: SIGNING }, ['SLACK_BOT_TOKEN']],
    ['a mode alone', { SLACK_MODE: 'http' }, ['SLACK_BOT_TOKEN', 'SLACK_SIGNING_SECRET']],
    ['Socket Mode without its token', { SLACK_MODE: 'socket', ...HTTP }, ['SLACK_APP_TOKEN']],
    [
      'HTTP without its secret',
      { SLACK_MODE: 'http', SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: APP },
      ['SLACK_SIGNING_SECRET'],
    ],
    ['an unknown mode', { ...HTTP, SLACK_MODE: 'rtm' }, ['SLACK_MODE']],
    ['an API elsewhere', { ...HTTP, SLACK_API_URL: 'https://slack.evil.example/api/' }, ['SLACK_API_URL']],
    [
      'an API that only begins like loopback',
      { ...HTTP, SLACK_API_URL: 'http://127.0.0.1.evil.example/' },
      ['SLACK_API_URL'],
    ],
  ])('refuses %s', (_, env, expected) => {
    expect(named({ COUNTERSIGN_KEYS: '/etc/keys', ...env })).toEqual(expected);
  });

  it('takes an API on loopback', () => {
    const config = load({ ...HTTP, SLACK_API_URL: 'http://127.0.0.1:8080/api/' });
    expect(config.chat).toMatchObject({ apiUrl: 'http://127.0.0.1:8080/api/' });
  });

  it('says which token is in whose place, and never the token', () => {
    const { message, problems } = refusal({ ...HTTP, SLACK_BOT_TOKEN: APP, SLACK_SIGNING_SECRET: BOT });
    expect(problems.map(({ setting, what }) => `${setting} ${what}`)).toEqual([
      'SLACK_BOT_TOKEN holds an app-level token: it must be a bot token, which starts with xoxb-',
      'SLACK_SIGNING_SECRET holds a bot token: it must be the 32 characters of the signing secret',
    ]);
    expect(message).not.toContain('canary');
  });

  it('says that a token has spaces around it', () => {
    expect(problemsOf({ ...HTTP, SLACK_BOT_TOKEN: `${BOT} ` })[0]?.what).toBe('has spaces around it');
  });
});

describe('the keys of a real workspace', () => {
  const keysAt = (folder: string) => ({
    ...HTTP,
    COUNTERSIGN_DATA: join(cwd, 'data'),
    COUNTERSIGN_KEYS: folder,
  });

  it('must be named', () => {
    expect(named({ SLACK_BOT_TOKEN: BOT, SLACK_SIGNING_SECRET: SIGNING })).toEqual(['COUNTERSIGN_KEYS']);
  });

  it.each(['data', 'data/keys', 'data/../data/deep/keys', 'elsewhere/../data/keys'])(
    'may not be at %s',
    (folder) => {
      expect(problemsOf(keysAt(join(cwd, folder)))).toEqual([
        {
          setting: 'COUNTERSIGN_KEYS',
          what: 'is inside the data folder: keys beside the data protect nothing',
          remedy: 'Move the keys to a folder that is not copied with the data',
        },
      ]);
    },
  );

  it('may not be led into the data folder by a link', () => {
    mkdirSync(join(cwd, 'data'));
    symlinkSync(join(cwd, 'data'), join(cwd, 'link'));
    expect(named(keysAt(join(cwd, 'link', 'keys')))).toEqual(['COUNTERSIGN_KEYS']);
  });

  it.each(['keys', 'data-keys', '..data'])('may be at %s beside it', (folder) => {
    expect(load(keysAt(join(cwd, folder))).keysFolder).toBe(join(cwd, folder));
  });
});

describe('each setting', () => {
  it.each<[string, string]>([
    ['COUNTERSIGN_PORT', '65536'],
    ['COUNTERSIGN_PORT', '-1'],
    ['COUNTERSIGN_PORT', '3000x'],
    ['COUNTERSIGN_PORT', 'tcp://10.0.0.1:3000'],
    ['COUNTERSIGN_HOST', 'http://127.0.0.1'],
    ['COUNTERSIGN_LOG_LEVEL', 'verbose'],
    ['COUNTERSIGN_LOG_FORMAT', 'xml'],
    ['COUNTERSIGN_METRICS_TOKEN', 'short'],
    ['COUNTERSIGN_INTROSPECTION_SECRET', 'has a space in the middle'],
    ['COUNTERSIGN_SCIM_TOKEN', 'x'.repeat(31)],
    ['COUNTERSIGN_SCIM_TOKEN', `${'x'.repeat(32)}!`],
    ['COUNTERSIGN_PUBLIC_URL', 'http://access.example.com'],
    ['COUNTERSIGN_PUBLIC_URL', 'https://user:canary@access.example.com'],
    ['COUNTERSIGN_PUBLIC_URL', 'https://access.example.com/?a=b'],
    ['COUNTERSIGN_PUBLIC_URL', 'access.example.com'],
    ['COUNTERSIGN_DATA', ''],
    ['COUNTERSIGN_CATALOGUE', '  '],
  ])('%s is refused as %j, with a remedy', (setting, value) => {
    const [problem, ...more] = problemsOf({ [setting]: value });
    expect(more).toEqual([]);
    expect(problem?.setting).toBe(setting);
    expect(problem?.remedy).not.toBe('');
    if (value.trim() !== '') expect(problem?.what).not.toContain(value);
  });

  it('has its value when it is right', () => {
    const config = load({
      COUNTERSIGN_PORT: '0',
      COUNTERSIGN_HOST: '::1',
      COUNTERSIGN_PUBLIC_URL: 'https://access.example.com/base/',
      COUNTERSIGN_METRICS_TOKEN: 'm'.repeat(16),
    });
    expect([config.port, config.host, config.publicUrl]).toEqual([
      0,
      '::1',
      'https://access.example.com/base',
    ]);
    expect(config.secretValues).toEqual(['m'.repeat(16)]);
    expect(load({ COUNTERSIGN_PUBLIC_URL: 'http://127.0.0.1:3000' }).publicUrl).toBe('http://127.0.0.1:3000');
  });

  it('lets an identity provider in by the token, and by the one before it, and masks both', () => {
    const [token, previous] = ['a'.repeat(32), `${'b'.repeat(31)}=`];
    expect(load({}).scimTokens).toEqual([]);
    expect(load({ COUNTERSIGN_SCIM_TOKEN: token }).scimTokens).toEqual([token]);
    const both = load({ COUNTERSIGN_SCIM_TOKEN: token, COUNTERSIGN_SCIM_TOKEN_PREVIOUS: previous });
    expect(both.scimTokens).toEqual([token, previous]);
    expect(both.secretValues).toEqual([token, previous]);
    expect(problemsOf({ COUNTERSIGN_SCIM_TOKEN_PREVIOUS: previous })).toEqual([
      {
        setting: 'COUNTERSIGN_SCIM_TOKEN',
        what: 'is missing: COUNTERSIGN_SCIM_TOKEN_PREVIOUS is there, which is for a while beside it',
        remedy: 'Set the new token, or remove both',
      },
    ]);
  });

  it('is refused when it is unknown, with the likely one', () => {
    expect(
      problemsOf({ COUNTERSIGN_PROT: '3000', COUNTERSIGN_COLOUR: 'red', SLACK_SIGNING_SECRT: 'x' }),
    ).toEqual([
      {
        setting: 'COUNTERSIGN_PROT',
        what: 'is no setting of ours',
        remedy: 'Did you mean COUNTERSIGN_PORT?',
      },
      {
        setting: 'COUNTERSIGN_COLOUR',
        what: 'is no setting of ours',
        remedy: 'Remove it; .env.example lists them all',
      },
      {
        setting: 'SLACK_SIGNING_SECRT',
        what: 'is no setting of ours',
        remedy: 'Did you mean SLACK_SIGNING_SECRET?',
      },
    ]);
  });

  it("leaves other programs' Slack settings alone", () => {
    expect(load({ SLACK_WEBHOOK: 'x', PATH: '/bin' }).chat.kind).toBe('practice');
  });
});

it('tells all problems at once, under one code', () => {
  const { code, message } = refusal({ COUNTERSIGN_PORT: 'x', COUNTERSIGN_NOPE: '1', SLACK_BOT_TOKEN: '' });
  expect(code).toBe('config_invalid');
  expect(message.split('\n')).toEqual([
    'the configuration is refused:',
    '  COUNTERSIGN_NOPE is no setting of ours. Remove it; .env.example lists them all.',
    '  COUNTERSIGN_PORT must be a whole number from 0 to 65535. Set 3000, or 0 for any free port (in a pod: enableServiceLinks: false).',
    '  SLACK_BOT_TOKEN is empty. Give it a value or remove it.',
    '  SLACK_SIGNING_SECRET is missing, and so is SLACK_APP_TOKEN: Slack has no way in. Set SLACK_SIGNING_SECRET for HTTP, or SLACK_APP_TOKEN for Socket Mode.',
    '  COUNTERSIGN_KEYS is missing: a real workspace needs its own keys. Set a folder outside the data folder, then run: countersign keys init.',
  ]);
});

describe('secret references', () => {
  const references = (env: Env, config: unknown) => {
    const { references: found } = load(env, null);
    found.permit(config);
    return found.secretOf;
  };
  const secretFile = (content: string, mode = 0o600): string => {
    const file = join(cwd, 'password');
    writeFileSync(file, content);
    chmodSync(file, mode);
    return `file:${file}`;
  };

  it('resolve from the environment, also by .env, and from a file without its last newline', () => {
    writeFileSync(join(cwd, '.env'), 'DB_PASSWORD=from-file\n');
    const { references: found } = load({});
    found.permit({ postgres: { admin: { password: 'env:DB_PASSWORD' } }, list: ['file:password'] });
    expect(found.secretOf('env:DB_PASSWORD')).toBe('from-file');
    secretFile('s3cret\n');
    expect(found.secretOf('file:password')).toBe('s3cret');
  });

  it.each<[string, string, string]>([
    ['env:OTHER', 'is not mentioned', 'one that no configuration mentions'],
    ['env:MISSING', 'is not set; set MISSING', 'one that is not set'],
    ['env:EMPTY', 'is empty', 'an empty one'],
    ['env:SLACK_BOT_TOKEN', "is Countersign's own", 'our own settings'],
    ['file:nowhere', 'cannot be opened (ENOENT)', 'a file that is not there'],
  ])('%s is refused: %s', (reference, message) => {
    const config = ['env:MISSING', 'env:EMPTY', 'env:SLACK_BOT_TOKEN', 'file:nowhere'];
    const secretOf = references({ ...HTTP, OTHER: 'canary', EMPTY: '' }, config);
    expect(() => secretOf(reference)).toThrow(expect.objectContaining({ code: 'invalid' }));
    expect(() => secretOf(reference)).toThrow(message);
  });

  it('are not the secret itself, which is not repeated', () => {
    const secretOf = references({}, ['canary-password']);
    expect(() => secretOf('canary-password')).toThrow(/^a secret must be given as env:NAME or file:PATH/);
  });

  it.skipIf(process.platform === 'win32')(
    'are refused as files that others can read, or that are none',
    () => {
      const reference = secretFile('s3cret', 0o640);
      expect(() => references({}, [reference])(reference)).toThrow(/can be read by others; run: chmod 600/);
      expect(() => references({}, [`file:${cwd}`])(`file:${cwd}`)).toThrow(/is no ordinary file/);
    },
  );

  it('are refused as files that are too long', () => {
    const reference = secretFile('x'.repeat(65_537));
    expect(() => references({}, [reference])(reference)).toThrow(/longer than 65536 bytes/);
  });
});
