import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBase } from '../../src/base.ts';
import { anchorFindings } from '../../src/cli/anchor-findings.ts';
import { type Config, type Env, loadConfig } from '../../src/config.ts';
import { LIMITS } from '../../src/limits.ts';
import { createLogger } from '../../src/logger.ts';
import { loadCatalogue } from '../../src/policy/catalogue.ts';

const silent = createLogger({ level: 'silent', format: 'json' });
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-findings-'));
});
afterEach(() => rm(folder, { recursive: true }));

const configOf = (env: Env = {}): Config =>
  loadConfig({ SHOP_ADMIN_URL: 'postgres://x@127.0.0.1:1/shop', ...env }, { cwd: folder, envFile: null });

async function look(config: Config, now: number, channel: string | null = 'access-log') {
  const catalogue = await loadCatalogue(config.catalogueFile);
  return anchorFindings(config, { ...catalogue, audit: { ...catalogue.audit, channel } }, now);
}

describe('what doctor says of anchors', () => {
  it('names them, also before there is a database', async () => {
    const settings = { COUNTERSIGN_TIMESTAMP_URL: 'http://stamp.test' };
    expect(await look(configOf(settings), 0)).toEqual([
      { level: 'ok', what: 'folder, time-stamp, channel:access-log' },
    ]);
  });

  it('warns where none is out of reach of whoever owns the machine', async () => {
    expect(await look(configOf(), 0, null)).toEqual([
      expect.objectContaining({ level: 'warning', what: expect.stringContaining('go to a folder alone') }),
    ]);
    const nowhere = { ...configOf(), anchors: { folder: null, timeStampUrl: null, witness: null } };
    expect(await look(nowhere, 0, null)).toEqual([
      expect.objectContaining({ level: 'warning', what: expect.stringContaining('go nowhere') }),
    ]);
  });

  it('warns where none can say at start what it has taken', async () => {
    const anchors = { folder: null, timeStampUrl: 'http://stamp.test', witness: null };
    expect(await look({ ...configOf(), anchors }, 0)).toEqual([
      expect.objectContaining({
        level: 'warning',
        what: expect.stringContaining('time-stamp, channel:access-log: none can be asked at start'),
      }),
    ]);
  });

  it('warns of one that lags behind, and not of one that had nothing to take', async () => {
    const config = configOf();
    const base = await openBase(config, silent, () => '', { createKeys: true });
    const [old, young] = [
      { size: 3, root: 'ab'.repeat(32) },
      { size: 5, root: 'cd'.repeat(32) },
    ];
    await base.store.saveCheckpoint({ ...young, note: 'n', at: 1_000 });
    await base.store.saveReceipt({ ...young, anchor: 'folder', at: 1_000, receipt: 'f' });
    await base.store.saveReceipt({ ...old, anchor: 'channel:access-log', at: 500, receipt: 'c' });
    await base.close();
    expect(await look(config, 1_000 + LIMITS.anchorOldMs - 1)).toHaveLength(1);
    expect((await look(config, 1_000 + LIMITS.anchorOldMs)).slice(1)).toEqual([
      {
        level: 'warning',
        what: 'channel:access-log has not taken the newest head of 5 events, signed 1970-01-01 00:00:01Z; its last is of 3, 1970-01-01 00:00:00Z',
        remedy: expect.stringContaining('the log of the bot says why'),
      },
    ]);
  });
});
