import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRoot, NOBODY, postgresBinaries } from './postgres-binaries.ts';

/** A PostgreSQL server of our own: a real target for demo, start and tests. */
export interface PracticePostgres extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** postgres:// URL of the superuser, with its password. */
  readonly superuserUrl: string;
  /** The last part of what the server wrote to its log. */
  logText(): string;
  /** Ends the server, and removes its files unless `dataDir` was given. */
  stop(): Promise<void>;
}

export interface PracticePostgresOptions {
  /** Keeps the data here and takes it up again at the next start; without it a temporary folder is used. */
  readonly dataDir?: string;
  /** Hears each chunk of the server's log. */
  readonly log?: (text: string) => void;
  /** Server settings, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Folder of `initdb` and `postgres` of another PostgreSQL than the one that comes with us. */
  readonly bin?: string;
}

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const LOG_MAX_CHARS = 4_000_000;
const PORT_ATTEMPTS = 5;

/**
 * Starts PostgreSQL on loopback only, without a unix socket, every login by SCRAM. The server does not outlive this
 * process, however that ends. Throws when the package with the binaries is missing or the server does not come up.
 */
export async function startPostgres(options: PracticePostgresOptions = {}): Promise<PracticePostgres> {
  const bin = options.bin ?? path.join(await postgresBinaries(), 'bin');
  const temporary = options.dataDir === undefined;
  const folder = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'countersign-pg-')));
  const data = path.join(folder, 'data');
  const password = randomBytes(24).toString('base64url');
  try {
    await (existsSync(path.join(data, 'PG_VERSION'))
      ? setPassword(bin, data, password)
      : initialise(bin, folder, data, password));
    const server = await launch(bin, data, options, temporary ? folder : null);
    return present(server, password, temporary ? folder : null);
  } catch (error) {
    if (temporary) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function initialise(bin: string, folder: string, data: string, password: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await mkdir(data, { mode: 0o700 });
  const passwordFile = path.join(folder, `init-${randomBytes(6).toString('hex')}`);
  await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' });
  if (isRoot) {
    await chmod(folder, 0o711);
    await chown(data, NOBODY, NOBODY);
    await chown(passwordFile, NOBODY, NOBODY);
  }
  try {
    const plain = ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
    const closed = ['-A', 'scram-sha-256', '--pwfile', passwordFile];
    await finish(
      startAsNobody(path.join(bin, 'initdb'), ['-D', data, '-U', 'postgres', ...closed, ...plain]),
      'initdb',
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** The password lives in memory only: a kept data folder gets a new one at each start, in single-user mode. */
async function setPassword(bin: string, data: string, password: string): Promise<void> {
  const server = startAsNobody(path.join(bin, 'postgres'), ['--single', '-D', data, 'postgres']);
  server.stdin?.end(`alter role postgres password '${password}'\n`);
  await finish(server, 'postgres --single');
}

interface Server {
  readonly child: ChildProcess;
  readonly watch: ChildProcess;
  readonly port: number;
  readonly logText: () => string;
}

async function launch(
  bin: string,
  data: string,
  options: PracticePostgresOptions,
  removeWith: string | null,
): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const settings = Object.entries({
      listen_addresses: HOST,
      port: String(port),
      unix_socket_directories: '',
      logging_collector: 'off',
      log_timezone: 'UTC',
      ...options.settings,
    }).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    const child = startAsNobody(path.join(bin, 'postgres'), ['-D', data, ...settings]);
    const logText = keepLog(child, options.log);
    if (await isReady(child, logText)) {
      return { child, watch: watchOver(child, removeWith), port, logText };
    }
    if (attempt < PORT_ATTEMPTS && logText().includes('could not bind')) continue;
    throw new Error(
      `the embedded PostgreSQL server did not start; its log ends:\n${logText().slice(-2_000)}`,
    );
  }
}

function present(server: Server, password: string, removeWith: string | null): PracticePostgres {
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= end(server, removeWith);
    return stopping;
  };
  return {
    host: HOST,
    port: server.port,
    superuserUrl: `postgres://postgres:${password}@${HOST}:${server.port}/postgres`,
    logText: server.logText,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** As root through setpriv, so that the kernel ends the server when we die; else directly. */
function startAsNobody(program: string, args: readonly string[]): ChildProcess {
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', LC_MESSAGES: 'C', TZ: 'UTC' };
  if (!isRoot) return spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  if (!existsSync('/usr/bin/setpriv')) {
    return spawn(program, args, { env, cwd: '/', uid: NOBODY, gid: NOBODY, stdio: ['pipe', 'pipe', 'pipe'] });
  }
  const drop = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--pdeathsig', 'INT', '--'];
  return spawn('/usr/bin/setpriv', [...drop, program, ...args], {
    env,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/**
 * A small process that outlives ours by a moment: when the pipe it reads closes, it ends the server and removes
 * temporary files. Where there is no setpriv it is the only guard against an orphaned server.
 */
function watchOver(server: ChildProcess, removeWith: string | null): ChildProcess {
  const script = `
    const [pid, folder] = [Number(process.argv[1]), process.argv[2]];
    const alive = () => { try { process.kill(pid, 0); return true; } catch { return false; } };
    let left = 100;
    const step = () => {
      if (alive() && left-- > 0) return setTimeout(step, 100);
      if (folder) fs.rmSync(folder, { recursive: true, force: true });
      process.exit(0);
    };
    process.stdin.resume().once('end', () => { try { process.kill(pid, 'SIGINT'); } catch {} step(); });`;
  const watch = spawn(process.execPath, ['-e', script, String(server.pid), removeWith ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  });
  watch.on('error', () => {});
  watch.stdin?.on('error', () => {});
  watch.unref();
  return watch;
}

async function end(server: Server, removeWith: string | null): Promise<void> {
  const exited = exitOf(server.child);
  server.child.kill('SIGINT');
  const hard = setTimeout(() => server.child.kill('SIGQUIT'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(hard);
  if (removeWith !== null) await rm(removeWith, { recursive: true, force: true });
  // Unreferenced so far; while it is waited for it must keep this process alive.
  server.watch.ref();
  const watched = exitOf(server.watch);
  server.watch.stdin?.end();
  await watched;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });
}

async function finish(child: ChildProcess, what: string): Promise<void> {
  const logText = keepLog(child);
  const late = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  const code = await exitOf(child);
  clearTimeout(late);
  if (code !== 0) throw new Error(`${what} of the embedded PostgreSQL failed:\n${logText().slice(-2_000)}`);
}

function keepLog(child: ChildProcess, log?: (text: string) => void): () => string {
  let text = '';
  const take = (chunk: string): void => {
    text = (text + chunk).slice(-LOG_MAX_CHARS);
    log?.(chunk);
  };
  child.stdout?.setEncoding('utf8').on('data', take);
  child.stderr?.setEncoding('utf8').on('data', take);
  child.on('error', (error) => take(`${error.message}\n`));
  child.stdin?.on('error', () => {});
  return () => text;
}

/** True when the server accepts connections; false when it ended, or was ended for being late. */
async function isReady(child: ChildProcess, logText: () => string): Promise<boolean> {
  const gone = exitOf(child).then(() => false);
  const ready = new Promise<boolean>((resolve) => {
    const look = (): void => {
      if (logText().includes('ready to accept connections')) resolve(true);
    };
    child.stderr?.on('data', look);
  });
  const late = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  const up = await Promise.race([ready, gone]);
  clearTimeout(late);
  return up;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject).listen(0, HOST, resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port on loopback');
  return address.port;
}
