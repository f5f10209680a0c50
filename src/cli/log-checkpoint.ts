import { openLog, signHead } from './log-open.ts';

/** `countersign log checkpoint`: the present head as a C2SP checkpoint, signed. */
export async function logCheckpoint(): Promise<void> {
  await using log = await openLog();
  const { note } = await signHead(log);
  process.stdout.write(note);
}
