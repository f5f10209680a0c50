import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const EXAMPLE = new URL('../../manifests/access', import.meta.url).pathname;

/** A copy of the example's folder, to be changed. */
export class RulesCopy implements AsyncDisposable {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Replaces what must be there exactly once. */
  async change(name: string, from: string, to: string): Promise<this> {
    const text = await readFile(this.path(name), 'utf8');
    if (text.split(from).length !== 2) throw new Error(`"${from}" is not exactly once in ${name}`);
    await writeFile(
      this.path(name),
      text.replace(from, () => to),
    );
    return this;
  }

  async write(name: string, text: string): Promise<this> {
    await writeFile(this.path(name), text);
    return this;
  }

  async remove(name: string): Promise<this> {
    await rm(this.path(name), { recursive: true });
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

export async function copyExample(): Promise<RulesCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-rules-'));
  await cp(EXAMPLE, folder, { recursive: true });
  return new RulesCopy(folder);
}
