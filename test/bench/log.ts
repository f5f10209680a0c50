import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppendFigures, benchAppend } from './log-append.ts';
import { benchVerify, type VerifyFigures } from './log-verify.ts';

export interface LogFigures {
  readonly append: AppendFigures;
  readonly verify: VerifyFigures;
  /** With the texts of requests beside their events, which are opened as well. */
  readonly verifyTexts: VerifyFigures;
}

export async function benchLog(): Promise<LogFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-log-'));
  try {
    const append = await benchAppend(join(folder, 'store.db'), join(folder, 'plain.db'));
    const verify = await benchVerify(join(folder, 'million.db'), 1_000_000, false);
    return { append, verify, verifyTexts: await benchVerify(join(folder, 'texts.db'), 300_000, true) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
