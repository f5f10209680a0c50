import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadRules } from '../../src/policy/load.ts';
import { openVersions } from '../../src/rules/versions.ts';

/** Keeps the same version again and again, each time as if it were new, until it is killed. */
const [catalogueFile = '', dataFolder = ''] = process.argv.slice(2);
const rules = await loadRules(catalogueFile);
rmSync(join(dataFolder, 'rules', '.draft-old'), { recursive: true, force: true });
const versions = openVersions({ dataFolder, catalogueFile, now: () => 0 });
for (;;) {
  await versions.keep(rules);
  process.stdout.write('.');
  const old = join(dataFolder, 'rules', '.draft-old');
  renameSync(join(dataFolder, 'rules', rules.digest), old);
  rmSync(old, { recursive: true });
}
