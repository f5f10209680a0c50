import { createHash, createHmac } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { ConnectorSnapshot, Json } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import {
  type Connector,
  type ConnectorContext,
  ConnectorFault,
  type ConnectorPlugin,
  type Connectors,
} from '../ports/connector.ts';

/** One thing wrong with a connector's part of the catalogue: where below `config` or `scope`, and what. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface ConnectorRegistry extends Connectors {
  /** The plugin behind a `use`. Throws ConnectorFault `invalid` or `unsupported`. */
  loadPlugin(use: string): Promise<ConnectorPlugin>;
  /** Empty: it is right. The plugin itself missing is a problem at the empty path. */
  checkConfig(use: string, config: Readonly<Record<string, Json>>): Promise<readonly Problem[]>;
  checkScope(use: string, scope: Readonly<Record<string, Json>>): Promise<readonly Problem[]>;
  /** Closes every open connector; the registry opens none after it. */
  close(): Promise<void>;
}

export interface RegistryOptions {
  readonly context: Omit<ConnectorContext, 'open'>;
  readonly builtIns: readonly ConnectorPlugin[];
  /** Imports the module of a plugin that is not built in; see `importFrom`. */
  readonly load: (use: string) => Promise<unknown>;
  readonly namingKey: Uint8Array;
  readonly fingerprintKey: Uint8Array;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const NAME_CHARS = 20;
/** A byte of a hash for each character: 5 of its bits are used. */
const base32 = (bytes: Uint8Array, length: number): string =>
  Array.from(bytes.subarray(0, length), (byte) => BASE32.charAt(byte & 31)).join('');

/** Prefix of every name that the installation makes on any target. */
export const installationPrefix = (installation: string): string =>
  `jit_${base32(createHash('sha256').update(installation).digest(), 4)}_`;

/** Imports plugins for a catalogue in `folder`: a path is relative to it, anything else is a package's name. */
export const importFrom =
  (folder: string) =>
  (use: string): Promise<unknown> =>
    import(isPath(use) ? pathToFileURL(path.resolve(folder, use)).href : use);

const isPath = (use: string): boolean => /^(\.{1,2}\/|\/)/.test(use);
const isPackage = (use: string): boolean => /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/.test(use);

/** Opens connectors by what a grant's snapshot says, each once, also when the catalogue no longer has them. */
export function openConnectors(options: RegistryOptions): ConnectorRegistry {
  const { namingKey, fingerprintKey } = options;
  const context: ConnectorContext = { ...options.context, open: (snapshot) => registry.open(snapshot) };
  const loadPlugin = pluginLoader(options);
  const opened = new Map<string, Opened>();
  let closed = false;
  const registry: ConnectorRegistry = {
    loadPlugin,
    checkConfig: async (use, config) =>
      problemsOf(loadPlugin, use, (plugin) => plugin.configSchema.parse(config)),
    checkScope: async (use, scope) =>
      problemsOf(loadPlugin, use, (plugin) => plugin.scopeSchema.parse(scope)),
    async open(snapshot) {
      if (closed) throw new ConnectorFault('unreachable', `connector ${snapshot.id}: the registry is closed`);
      const key = digestOf(snapshot);
      const secrets = secretsOf(snapshot.config, context);
      const known = opened.get(key);
      if (known !== undefined && (secrets === null || secrets === known.secrets)) return known.opening;
      const opening = loadPlugin(snapshot.use).then((plugin) => openOne(plugin, snapshot, context));
      opened.set(key, { opening, secrets });
      // What failed to open is tried again: a missing secret may be there the next time.
      opening.catch(() => {
        if (opened.get(key)?.opening === opening) opened.delete(key);
      });
      // Not waited for: what is under way on it ends first.
      if (known !== undefined) void closeOne(known);
      // Not waited for: what is oldest may be one that is made of others, and waits for this very one.
      void closeOldest(opened);
      return opening;
    },
    nameFor(request, generation) {
      const message = `${context.prefix}|${request}|${generation}`;
      return context.prefix + base32(createHmac('sha256', namingKey).update(message).digest(), NAME_CHARS);
    },
    fingerprint: (material) =>
      createHmac('sha256', fingerprintKey).update(material).digest('hex').slice(0, 16),
    async close() {
      closed = true;
      const all = [...opened.values()];
      opened.clear();
      await Promise.all(all.map(closeOne));
    },
  };
  return registry;
}

interface Opened {
  readonly opening: Promise<Connector>;
  /** Digest of the secrets it was opened with. */
  readonly secrets: string | null;
}

const closeOne = ({ opening }: Opened): Promise<void> =>
  opening.then((connector) => connector.close()).catch(() => {});

/** Each edit of a connector's configuration is another snapshot; what was opened first gives way. */
async function closeOldest(opened: Map<string, Opened>): Promise<void> {
  for (const [key, oldest] of opened) {
    if (opened.size <= LIMITS.connectorsOpenMax) return;
    opened.delete(key);
    await closeOne(oldest);
  }
}

/**
 * Digest of the secrets that a configuration refers to, as they are now: after a rotation the connector is opened
 * anew, or no access could be ended before the next restart. Null where one cannot be read at the moment.
 */
function secretsOf(config: Json, { secretOf }: Pick<ConnectorContext, 'secretOf'>): string | null {
  const hash = createHash('sha256');
  const add = (value: Json): void => {
    if (typeof value === 'string' && /^(env|file):/.test(value)) hash.update(`${secretOf(value)}\0`);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(add);
  };
  try {
    add(config);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

async function openOne(
  plugin: ConnectorPlugin,
  snapshot: ConnectorSnapshot,
  context: ConnectorContext,
): Promise<Connector> {
  const [problem] = problemsIn(() => plugin.configSchema.parse(snapshot.config));
  if (problem !== undefined) {
    const at = ['config', ...problem.path].join('.');
    throw new ConnectorFault(
      'invalid',
      `connector ${snapshot.id} (${snapshot.use}): ${at}: ${problem.message}`,
    );
  }
  const connector = await plugin.open(
    snapshot.id,
    plugin.configSchema.parse(snapshot.config) as never,
    context,
  );
  const manifest = manifestSchema.safeParse(connector.manifest);
  const name = `${context.prefix}${'a'.repeat(NAME_CHARS)}`;
  if (
    !manifest.success ||
    name.length > manifest.data.name.maxLength ||
    !manifest.data.name.charset.test(name)
  ) {
    throw new ConnectorFault(
      'unsupported',
      `connector ${snapshot.id} (${snapshot.use}): its manifest must have apiVersion 1 and admit names of ${name.length} characters of a-z0-9_`,
    );
  }
  return connector;
}

const manifestSchema = z.object({
  id: z.string().min(1).max(64),
  apiVersion: z.literal(1),
  name: z.object({ maxLength: z.int().positive(), charset: z.instanceof(RegExp) }),
  caps: z.object({
    nativeExpiry: z.enum(['enforced', 'login-only', 'none']),
    killSessions: z.boolean(),
    extend: z.boolean(),
    list: z.enum(['tag', 'prefix', 'none']),
    loginProbe: z.boolean(),
  }),
});

const hasParse = z.custom<{ parse(value: unknown): unknown }>(
  (value) =>
    typeof value === 'object' && value !== null && 'parse' in value && typeof value.parse === 'function',
  'expected an object with parse()',
);
const pluginSchema = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'expected a-z, 0-9 and - (at most 64)'),
  apiVersion: z.literal(1),
  configSchema: hasParse,
  scopeSchema: hasParse,
  open: z.custom<ConnectorPlugin['open']>((value) => typeof value === 'function', 'expected a function'),
});

function pluginLoader({ builtIns, load }: RegistryOptions): (use: string) => Promise<ConnectorPlugin> {
  const loaded = new Map<string, ConnectorPlugin>(builtIns.map((plugin) => [plugin.id, plugin]));
  return async (use) => {
    const known = loaded.get(use);
    if (known !== undefined) return known;
    if (!isPath(use) && !isPackage(use)) throw wrongUse(use, builtIns);
    const module = await load(use).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message.slice(0, 300) : 'an unknown error';
      throw new ConnectorFault('invalid', `connector ${use} could not be loaded: ${why}`, { cause });
    });
    const plugin =
      typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
    const parsed = pluginSchema.safeParse(plugin);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const at = issue === undefined || issue.path.length === 0 ? 'default export' : issue.path.join('.');
      throw new ConnectorFault(
        'unsupported',
        `connector ${use} is no plugin for API 1: ${at}: ${issue?.message ?? ''}`,
      );
    }
    // The plugin itself, not the parsed copy: `open` may use `this`.
    loaded.set(use, plugin as ConnectorPlugin);
    return plugin as ConnectorPlugin;
  };
}

const wrongUse = (use: string, builtIns: readonly ConnectorPlugin[]): ConnectorFault =>
  new ConnectorFault(
    'invalid',
    `connector "${use.slice(0, 100)}": use one of ${builtIns.map(({ id }) => id).join(', ')}, a path that begins with ./, or a package's name`,
  );

async function problemsOf(
  loadPlugin: (use: string) => Promise<ConnectorPlugin>,
  use: string,
  parse: (plugin: ConnectorPlugin) => unknown,
): Promise<readonly Problem[]> {
  try {
    const plugin = await loadPlugin(use);
    return problemsIn(() => parse(plugin));
  } catch (error) {
    if (!(error instanceof ConnectorFault)) throw error;
    return [{ path: [], message: error.message }];
  }
}

function problemsIn(parse: () => unknown): readonly Problem[] {
  try {
    parse();
    return [];
  } catch (error) {
    // By shape: a plugin may bring its own copy of zod.
    const issues = issuesSchema.safeParse(error);
    if (issues.success) return issues.data.issues;
    return [{ path: [], message: error instanceof Error ? error.message.slice(0, 300) : 'refused' }];
  }
}

const issuesSchema = z.object({
  issues: z.array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })).min(1),
});

/** Two snapshots that say the same, in whatever order of keys, are one connector. */
function digestOf(snapshot: ConnectorSnapshot): string {
  const sorted = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([k, v]) => [k, sorted(v)]),
    );
  };
  const text = JSON.stringify(sorted([snapshot.id, snapshot.use, snapshot.config]));
  return createHash('sha256').update(text).digest('hex');
}
