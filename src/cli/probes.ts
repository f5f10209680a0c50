import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressOf, issuerOf, registryOf } from '../base.ts';
import { createSlack, type SlackWorkspace } from '../chat/slack/index.ts';
import type { Config } from '../config.ts';
import type { ConnectorRegistry } from '../connectors/registry.ts';
import { type Keys, loadKeys } from '../keys.ts';
import { openLogKeys } from '../log-keys.ts';
import { loadRules } from '../policy/load.ts';
import type { Rules } from '../policy/rules.ts';
import type { Catalogue } from '../ports/catalogue.ts';
import type { ExceptionRegistry } from '../ports/identity.ts';
import type { Logger } from '../ports/logger.ts';
import type { TokenRegistry } from '../ports/store.ts';
import { systemClock } from '../system.ts';

export interface Probes {
  readonly rules: Rules;
  readonly catalogue: Catalogue;
  readonly connectors: ConnectorRegistry;
  /** Who we are to Slack, and what we lack there. */
  slackAccount(): Promise<SlackWorkspace>;
  close(): Promise<void>;
}

/** What `doctor` looks through: catalogue, connectors and Slack, without the database, which the bot may hold. */
export async function openProbes(config: Config, logger: Logger): Promise<Probes> {
  const isNew = config.chat.kind === 'practice' && !existsSync(config.keysFolder);
  const keys = isNew ? throwawayKeys() : loadKeys(config.keysFolder, { create: false });
  if (!isNew) openLogKeys(config.keysFolder);
  const rules = await loadRules(config.catalogueFile);
  const office = {
    clock: systemClock,
    tokens: NO_TOKENS,
    exceptions: NO_EXCEPTIONS,
    issuer: issuerOf(keys, () => addressOf(config)),
  };
  const registry = registryOf(config, keys, office);
  return {
    rules,
    catalogue: rules.catalogue,
    connectors: registry,
    slackAccount: () => askSlack(config, logger),
    close: () => registry.close(),
  };
}

/** For looking only: practice makes its own at its first start, and looking leaves nothing behind. */
function throwawayKeys(): Keys {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-look-'));
  try {
    return loadKeys(folder, { create: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const NO_TOKENS: TokenRegistry = {
  put: async () => {},
  revoke: async () => 'absent',
  get: async () => null,
  living: async () => [],
};

const NO_EXCEPTIONS: ExceptionRegistry = {
  put: async () => {},
  end: async () => 'absent',
  get: async () => null,
  inForce: async () => [],
  open: async () => [],
};

async function askSlack(config: Config, logger: Logger): Promise<SlackWorkspace> {
  if (config.chat.kind !== 'slack') throw new Error('practice has no Slack to ask');
  const { botToken, apiUrl } = config.chat;
  // Over HTTP, whatever the mode is: a start then only asks who we are, and takes nobody's connection.
  const slack = createSlack({
    config: { mode: 'http', botToken, apiUrl, signingSecret: '' },
    clock: systemClock,
    logger,
    onIntent: async () => ({ kind: 'help' }),
  });
  try {
    return await slack.start();
  } finally {
    await slack.stop();
  }
}
