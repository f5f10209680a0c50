import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBase } from '../../src/base.ts';
import { logAccept, type LogAcceptOptions } from '../../src/cli/log-accept.ts';
import { loadConfig } from '../../src/config.ts';
import { logStream, type RecordedJournalEvent } from '../../src/domain/journal.ts';
import { createLogger } from '../../src/logger.ts';
import { record } from '../../src/workflows/log/journal.ts';
import { sealLast } from '../../src/workflows/log/seal.ts';

const silent = createLogger({ level: 'silent', format: 'json' });
const TARGET = { SHOP_ADMIN_URL: 'postgres://jit_admin@127.0.0.1:1/shop' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-accept-'));
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  for (const [name, value] of Object.entries(TARGET)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const data = (): string => join(folder, '.countersign');
const open = () =>
  openBase(loadConfig(TARGET, { cwd: folder, envFile: null }), silent, () => '', { createKeys: true });

/** The log grows by so many events, and its head leaves. */
async function grow(events: number): Promise<void> {
  const base = await open();
  const deps = { ...base.deps([], () => {}), mode: () => 'full' as const };
  for (let i = 0; i < events; i += 1)
    await record(deps, logStream, {
      type: 'CatalogueLoaded',
      data: { digest: 'ab'.repeat(32), previous: null },
    });
  await sealLast(deps);
  await base.close();
}

/** Five events, of which a backup has three. */
async function restore(): Promise<void> {
  await grow(3);
  await cp(join(data(), 'countersign.db'), join(folder, 'backup.db'));
  await grow(2);
  await cp(join(folder, 'backup.db'), join(data(), 'countersign.db'));
}

const options: LogAcceptOptions = { as: 'finn', with: 'erin', reason: 'the disk was lost' };
async function accept(differing: Partial<LogAcceptOptions> = {}): Promise<string> {
  const out: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  await logAccept({ ...options, ...differing });
  return out.join('');
}
async function accepted(): Promise<readonly RecordedJournalEvent[]> {
  const base = await open();
  const events = (await base.store.journal(logStream)).filter(({ type }) => type === 'TreeAccepted');
  await base.close();
  return events;
}

describe('countersign log accept', () => {
  it('puts on record what is taken, what is let go of, and who said so; once', async () => {
    await restore();
    const said = await accept();
    expect(said).toContain('The log has 3 events, and a signed head of 5 is held by folder: 2 are gone');
    expect(said).toContain('Signed heads that are let go of: 1, the largest of 5 events.');
    expect(said.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const [event, ...more] = await accepted();
    expect(more).toEqual([]);
    expect(event?.data).toMatchObject({
      tree: { size: expect.any(Number), root: expect.stringMatching(/^[0-9a-f]{64}$/) },
      anchors: [{ anchor: 'folder', head: { size: 5 } }],
    });
    expect(event?.meta.sd).toHaveProperty('reason');
    await expect(accept()).rejects.toMatchObject({ message: expect.stringContaining('nothing to accept') });
    await grow(1);
    expect((await readdir(join(data(), 'anchors'))).length).toBe(3);
  });

  it.each<[string, Partial<LogAcceptOptions>, RegExp]>([
    ['one person twice', { with: 'finn' }, /two different operators/],
    ['someone who is no operator', { as: 'ana' }, /--as ana: that person is no operator/],
    ['someone unknown', { with: 'nobody' }, /--with nobody: that person is no operator/],
    ['no reason', { reason: '  ' }, /--reason: say why/],
    ['a reason that is too long', { reason: 'x'.repeat(501) }, /at most 500 characters/],
  ])('is not for %s', async (_, differing, message) => {
    await restore();
    await expect(accept(differing)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    });
    expect(await accepted()).toEqual([]);
  });

  it('is not while a bot runs', async () => {
    await restore();
    const running = await open();
    await expect(accept()).rejects.toMatchObject({ code: 'store_locked' });
    await running.close();
  });

  it('is not for a log that nobody contradicts, nor where there is none', async () => {
    await expect(accept()).rejects.toMatchObject({ code: 'store_missing' });
    await grow(3);
    await expect(accept()).rejects.toMatchObject({ message: expect.stringContaining('nothing to accept') });
  });

  it('is not for what cannot be told: an anchor must be asked first', async () => {
    await restore();
    const foreign = `${'9'.padStart(16, '0')}-${'cd'.repeat(32)}.checkpoint`;
    await writeFile(join(data(), 'anchors', foreign), 'no head', { mode: 0o444 });
    await expect(accept()).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be accepted.*no signed head/s),
    });
    expect(await accepted()).toEqual([]);
  });
});
