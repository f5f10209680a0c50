import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTimeStamp } from '../../src/anchors/time-stamp.ts';
import { anchorContract } from '../contracts/anchor.ts';
import { startTimeStampServer, type TimeStampServer } from '../fakes/time-stamp-server.ts';
import { Heads } from './heads.ts';

let server: TimeStampServer;
beforeAll(async () => {
  server = await startTimeStampServer();
});
afterAll(() => server.close());
afterEach(() => server.behave('well'));
const open = () => createTimeStamp({ url: server.url, random: randomBytes });

anchorContract('time-stamp (OpenSSL)', async () => ({
  open,
  kept: async () => null,
  tells: 'nothing',
  holdAnother: null,
  breakDown: () => server.behave('fail'),
  hang: () => server.behave('hang'),
  loseAnswers: () => server.behave('drop-answer'),
  mend: () => server.behave('well'),
  lacks: { holdAnother: 'it stamps whatever hash it is given, and remembers none' },
  close: async () => {},
}));

describe('a time-stamp', () => {
  const heads = new Heads();
  const soon = (): AbortSignal => AbortSignal.timeout(5_000);

  it('is of this very note: OpenSSL verifies its token, and not for another note', async () => {
    const head = heads.at(6);
    const receipt = await open().publish(head, soon());
    expect(await server.verify(head.note, receipt)).toContain('Verification: OK');
    await expect(server.verify(heads.at(7).note, receipt)).rejects.toMatchObject({
      stderr: expect.stringContaining('message imprint mismatch'),
    });
  });

  it.each([
    ['one that was given before', 'replay', /another (hash|nonce)/],
    ['a web page', 'web-page', /something that is no time-stamp/],
    ['an answer without end', 'endless', /more than it should/],
  ] as const)('is not %s', async (_, how, message) => {
    await open().publish(heads.at(1), soon());
    server.behave(how);
    await expect(open().publish(heads.at(2), soon())).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(message),
    });
  });

  it('is asked for with a nonce that DER takes, whatever chance brings', async () => {
    for (const byte of [0x00, 0x7e, 0x7f, 0x80, 0xff]) {
      const anchor = createTimeStamp({ url: server.url, random: (size) => Buffer.alloc(size, byte) });
      expect(await anchor.publish(heads.at(1), soon()), `${byte}`).not.toBe('');
    }
  });

  it('of a server that is not there says where it looked, not what it sent', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const anchor = createTimeStamp({ url: `http://127.0.0.1:${port}/stamp`, random: randomBytes });
    await expect(anchor.publish(heads.at(1), soon())).rejects.toMatchObject({
      code: 'unreachable',
      message: `the time-stamp server 127.0.0.1:${port} cannot be reached (ECONNREFUSED)`,
    });
  });
});
