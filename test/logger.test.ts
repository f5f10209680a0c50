import { describe, expect, it } from 'vitest';
import { LIMITS } from '../src/limits.ts';
import { createLogger } from '../src/logger.ts';
import type { LoggerOptions } from '../src/logger.ts';
import type { Logger } from '../src/ports/logger.ts';
import { Secret } from '../src/ports/secret.ts';

function tap(options: Partial<LoggerOptions> = {}): {
  logger: Logger;
  raw: () => string;
  line: () => Record<string, unknown>;
} {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'debug',
    format: 'json',
    write: (line) => lines.push(line),
    ...options,
  });
  return { logger, raw: () => lines.join(''), line: () => JSON.parse(lines.at(-1) ?? '{}') };
}

describe('a line', () => {
  it('is JSON with time, level, message, the fields and those of its parents', () => {
    const { logger, line } = tap();
    logger
      .child({ lane: 'chat' })
      .child({ request: 'req_1' })
      .warn({ attempt: 2, at: new Date(0) }, 'post failed');
    expect(line()).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      level: 'warn',
      msg: 'post failed',
      lane: 'chat',
      request: 'req_1',
      attempt: 2,
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  it('is not written below the level', () => {
    const { logger, raw } = tap({ level: 'warn' });
    logger.info({}, 'started');
    logger.debug({}, 'started');
    expect(raw()).toBe('');
  });

  it('tells an error by type, code, message, hint, stack and causes, and nothing else it carries', () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', hint: 'start it' });
    const error = Object.assign(new TypeError('no target', { cause }), { config: { headers: 'canary' } });
    const { logger, line, raw } = tap();
    logger.error({ error }, 'failed');
    expect(line().error).toMatchObject({
      type: 'TypeError',
      message: 'no target',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { code: 'ECONNREFUSED', message: 'refused', hint: 'start it' },
    });
    expect(raw()).not.toContain('canary');
  });

  it('is a line for a person when pretty, whatever the text holds', () => {
    const { logger, raw } = tap({ format: 'pretty' });
    logger.info({ text: 'two\nlines\u001b[31m' }, 'said\nthis');
    expect(raw()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info  said\\nthis {2}text="two\\nlines\\u001b\[31m"\n$/);
  });
});

/** Each holds `canary` where a secret would be. */
const CANARIES: Readonly<Record<string, unknown>> = {
  'a connection string': 'connect postgres://admin:canary@db.example:5432/shop failed',
  'a connection string whose password holds an @ and a slash': 'redis://:can/ary@canary@db.example',
  'a connection string without a user': 'amqps://canary@mq.example/vhost',
  'libpq keywords': 'host=db user=admin password=canary dbname=shop',
  'quoted libpq keywords': "host=db password='a canary' dbname=shop",
  'SQL with a password': "alter role jit_x login password 'canary' valid until now",
  'a SCRAM verifier': 'stored SCRAM-SHA-256$4096:canary$a:b',
  'a bot token': 'sent xoxb-12-34-canary to slack',
  'a rotated token': 'xoxe.xoxp-1-canary',
  'an app token': 'xapp-1-A0-1-canary',
  'a web hook': 'POST https://hooks.slack.com/services/T0/B0/canary',
  'a JWT': 'token eyJhbGciOiJub25lIn0.canarycanary.canary rejected',
  'a bearer header': 'Authorization: Bearer canary.canary',
  'a basic header': 'authorization: Basic Y2FuYXJ5canary==',
  'a PEM key': '-----BEGIN PRIVATE KEY-----\ncanary\ncanary\n-----END PRIVATE KEY-----',
  'a PEM key that was cut': '-----BEGIN OPENSSH PRIVATE KEY-----\ncanary',
  'JSON in text': 'body was {"user":"a","password":"canary"}',
  'JSON in JSON in text': 'body was {\\"client_secret\\": \\"canary\\"}',
  'a query string': 'GET /x?a=b&access_token=canary&c=d',
  'a secret configured': 'the value 0f1e2d-canary-3c4b was refused',
};

describe('a secret', () => {
  const secrets = ['0f1e2d-canary-3c4b'];

  it.each(Object.entries(CANARIES))('is masked as %s, wherever it is written', (_, text) => {
    const { logger, raw } = tap({ secrets });
    const error = new Error(String(text), {
      cause: new AggregateError([new Error(String(text))], String(text)),
    });
    logger.info({ text }, 'a field');
    logger.info({ list: [[text], new Map([['a', text]]), new Set([text])], [String(text)]: 1 }, 'deep down');
    logger.error({ error }, 'an error');
    logger.info({}, String(text));
    logger.child({ text }).info({}, 'a child');
    expect(raw()).not.toContain('canary');
    expect(raw().split('\n')).toHaveLength(6);
  });

  it.each([
    'token',
    'accessToken',
    'authorization',
    'client_secret',
    'password',
    'Set-Cookie',
    'apiKey',
    'privateKey',
    'signingSecret',
    'connectionString',
    'x-slack-signature',
    'response_url',
    'trigger_id',
  ])('is masked by its field: %s', (name) => {
    const { logger, raw } = tap();
    logger.info({ [name]: 'canary', deep: { er: [{ [name]: ['canary'] }] } }, 'a field');
    logger.child({ [name]: { value: 'canary' } }).info({}, 'a child');
    expect(raw()).not.toContain('canary');
  });

  it('is masked as a private or symmetric JWK, as bytes, and in its own wrapper', () => {
    const { logger, raw } = tap();
    logger.info(
      { okp: { kty: 'OKP', crv: 'Ed25519', d: 'canary' }, oct: { kty: 'oct', k: 'canary' } },
      'keys',
    );
    logger.info(
      { sealed: Buffer.from('canary'), shown: new Secret([{ label: 'p', value: 'canary' }]) },
      'bytes',
    );
    expect(raw()).not.toContain('canary');
    expect(raw()).not.toContain(Buffer.from('canary').join(','));
  });

  it('does not take what is no secret with it', () => {
    const { logger, line } = tap();
    logger.info(
      {
        trigger: 'expired',
        credential: 'jit_ab12_x',
        url: 'https://db.example/a?b=c',
        why: 'the token is stale',
        passed: true,
      },
      'ended',
    );
    expect(line()).toMatchObject({
      trigger: 'expired',
      credential: 'jit_ab12_x',
      url: 'https://db.example/a?b=c',
      why: 'the token is stale',
    });
  });
});

describe('what cannot be written', () => {
  it('is cut: length and cycles', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    const { logger, raw } = tap();
    logger.info({ loop, long: 'x'.repeat(10_000_000) }, 'big');
    expect(raw().length).toBeLessThan(2 * LIMITS.logTextMaxChars);
    expect(raw()).toContain('[cut]');
  });

  it('is cut: depth and number', () => {
    const { logger, line, raw } = tap();
    logger.info({ deep: JSON.parse(`${'['.repeat(99)}${']'.repeat(99)}`) }, 'deep');
    expect(line().deep).toEqual([[[[[['[cut]']]]]]]);
    const wide = (of: unknown) => Array.from({ length: 100 }, () => of);
    logger.info({ wide: wide(wide(wide({}))) }, 'wide');
    expect(raw().match(/\{\}/g)?.length).toBeLessThan(LIMITS.logNodesMax);
  });

  it('does not break the caller: getters that throw, big integers, functions, symbols', () => {
    const { logger, line } = tap();
    const hostile = Object.defineProperty({}, 'x', { enumerable: true, get: () => expect.unreachable() });
    logger.info({ hostile }, 'still written');
    expect(line()).toMatchObject({ msg: 'still written', fields: '[unreadable]' });
    logger.info({ big: 2n ** 70n, run: () => 1, mark: Symbol('s') }, 'written too');
    expect(line()).toMatchObject({ big: '1180591620717411303424' });
  });

  it('takes no long time over text made to be slow', () => {
    const { logger } = tap();
    const startedAt = performance.now();
    for (const part of [
      'a://',
      'password-',
      'xoxb-',
      'eyJ',
      '-----BEGIN PRIVATE KEY-----',
      'a-',
      "password='",
      '\\"',
    ]) {
      logger.info({ text: part.repeat(100_000) }, 'slow?');
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
