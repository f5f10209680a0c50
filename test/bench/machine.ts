import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { p50, p99 } from './statistics.ts';

/** What the figures depend on. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly os: string;
  readonly node: string;
  /** Average of the last minute: what else the machine was doing when the bench began. */
  readonly load1m: number;
  /** One small durable write in the folder of the bench; each commit waits for one. */
  readonly syncP50Ms: number;
  readonly syncP99Ms: number;
}

export function machineFacts(): Machine {
  const syncs = durableWrites(300);
  const [load = 0] = loadavg();
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.version,
    load1m: load,
    syncP50Ms: p50(syncs),
    syncP99Ms: p99(syncs),
  };
}

function durableWrites(count: number): readonly number[] {
  const file = join(tmpdir(), `countersign-bench-${process.pid}`);
  const handle = openSync(file, 'w');
  const page = Buffer.alloc(4_096);
  try {
    return Array.from({ length: count }, () => {
      const from = performance.now();
      writeSync(handle, page);
      fdatasyncSync(handle);
      return performance.now() - from;
    });
  } finally {
    closeSync(handle);
    rmSync(file, { force: true });
  }
}
