import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppendFigures, benchAppend } from './log-append.ts';
import { benchVerify, type VerifyFigures } from './log-verify.ts';

export interface LogFigures {
  readonly append: AppendFigures;
  readonly verify: VerifyFigures;
}

export async function benchLog(): Promise<LogFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-log-'));
  try {
    const append = await benchAppend(join(folder, 'store.db'), join(folder, 'plain.db'));
    return { append, verify: await benchVerify(join(folder, 'million.db')) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
