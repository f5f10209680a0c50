import type { EventEmitter } from 'node:events';
import pg from 'pg';
import { LIMITS } from '../../limits.ts';
import { ConnectorFault } from '../../ports/connector.ts';
import { asFault, plain } from './faults.ts';

type Row = Readonly<Record<string, unknown>>;

/** One admin connection, held for the length of a piece of work. */
export interface Session {
  /** Runs a batch of statements in one round trip; the rows of the last one. */
  rows(sql: string): Promise<readonly Row[]>;
}

export interface LoginAttempt {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** How the server answered a login on a fresh connection: in, with what it says of us, or refused. */
export type LoginOutcome =
  | { readonly in: true; readonly sessionUser: string; readonly currentUser: string; readonly method: string }
  | {
      readonly in: false;
      /** `password`: what was given did not do. `no-role`: it asks for none, and the role is missing or locked.
       * `host-rule`: pg_hba.conf refuses everyone who comes this way. */
      readonly why: 'password' | 'no-role' | 'host-rule';
      readonly code: string;
      readonly method: string;
    };

/** A PostgreSQL server: its admin account, and the door that people use. */
export interface Target {
  /** host:port of the admin URL. */
  readonly address: string;
  readonly host: string;
  /** Works on an admin connection. An error or an abort closes it, which ends its transaction and its locks. */
  work<T>(what: string, signal: AbortSignal, use: (session: Session) => Promise<T>): Promise<T>;
  /** The same on a fresh connection to another database of the server. */
  workIn<T>(
    database: string,
    what: string,
    signal: AbortSignal,
    use: (session: Session) => Promise<T>,
  ): Promise<T>;
  /** Throws `unreachable` and the like when the server gave no answer about the login itself. */
  login(attempt: LoginAttempt, signal: AbortSignal): Promise<LoginOutcome>;
  close(): Promise<void>;
}

export function openTarget(adminUrl: string): Target {
  const url = parseUrl(adminUrl);
  const address = `${url.hostname}:${url.port || '5432'}`;
  const pool = new pg.Pool({
    ...settings(url.href, 'countersign'),
    max: LIMITS.postgresPoolMax,
    idleTimeoutMillis: LIMITS.postgresIdleConnectionMs,
    allowExitOnIdle: true,
  });
  // An idle connection that the server closes is replaced at the next use.
  pool.on('error', () => {});
  const workIn: Target['workIn'] = (database, what, signal, use) =>
    withFreshClient(settings(urlFor(url, { database }), 'countersign'), what, signal, use);
  return {
    address,
    host: url.hostname,
    work: (what, signal, use) => withPooledClient(pool, what, signal, use),
    workIn,
    login: (attempt, signal) => login(urlFor(url, attempt), attempt.user, signal),
    close: () => pool.end(),
  };
}

function parseUrl(text: string): URL {
  // The URL holds a password: neither it nor the parser's error may be quoted.
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '' || url.username === '') {
    throw new ConnectorFault(
      'invalid',
      'the admin reference of postgres-role must hold postgres://USER:PASSWORD@HOST/DATABASE',
    );
  }
  return url;
}

function urlFor(admin: URL, over: { user?: string; password?: string; database: string }): string {
  const url = new URL(admin);
  if (over.user !== undefined) url.username = encodeURIComponent(over.user);
  if (over.password !== undefined) url.password = encodeURIComponent(over.password);
  url.pathname = `/${encodeURIComponent(over.database)}`;
  return url.href;
}

const settings = (connectionString: string, application: string): pg.ClientConfig => ({
  connectionString,
  application_name: application,
  keepAlive: true,
  connectionTimeoutMillis: LIMITS.postgresConnectTimeoutMs,
  statement_timeout: LIMITS.postgresStatementTimeoutMs,
  lock_timeout: LIMITS.postgresStatementTimeoutMs,
  query_timeout: 2 * LIMITS.postgresStatementTimeoutMs,
  idle_in_transaction_session_timeout: LIMITS.postgresIdleHoldMs,
});

async function withPooledClient<T>(
  pool: pg.Pool,
  what: string,
  signal: AbortSignal,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal, what);
  const connecting = pool.connect();
  const client = await untilAborted(connecting, signal, what).catch((error: unknown) => {
    connecting.then(
      (late) => late.release(),
      () => {},
    );
    throw asFault(error, what);
  });
  const drop = (): void => destroy(client);
  signal.addEventListener('abort', drop, { once: true });
  // A pool listens for errors of idle clients only; without this a lost connection would end the process.
  const lost = (): void => {};
  client.on('error', lost);
  let broken = true;
  try {
    const result = await use(sessionOf(client));
    broken = false;
    return result;
  } catch (error) {
    throw signal.aborted ? aborted(what) : asFault(error, what);
  } finally {
    signal.removeEventListener('abort', drop);
    client.release(broken);
    if (!broken) client.off('error', lost);
  }
}

async function withFreshClient<T>(
  config: pg.ClientConfig,
  what: string,
  signal: AbortSignal,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal, what);
  const client = new pg.Client(config);
  client.on('error', () => {});
  const drop = (): void => destroy(client);
  signal.addEventListener('abort', drop, { once: true });
  try {
    await client.connect();
    return await use(sessionOf(client));
  } catch (error) {
    throw signal.aborted ? aborted(what) : asFault(error, what);
  } finally {
    signal.removeEventListener('abort', drop);
    await endSoon(client);
  }
}

const sessionOf = (client: pg.ClientBase): Session => ({
  async rows(sql) {
    // Several statements in one text come back as several results, which the types do not know.
    const answer: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row>(sql);
    return (Array.isArray(answer) ? answer.at(-1)?.rows : answer.rows) ?? [];
  },
});

async function login(url: string, user: string, signal: AbortSignal): Promise<LoginOutcome> {
  const what = `login as ${user}`;
  throwIfAborted(signal, what);
  const client = new pg.Client(settings(url, 'countersign-probe'));
  client.on('error', () => {});
  const method = methodAskedFor(client);
  const drop = (): void => destroy(client);
  signal.addEventListener('abort', drop, { once: true });
  try {
    await client.connect();
    const { rows } = await client.query<{ s: string; c: string }>(
      'select session_user as s, current_user as c',
    );
    return { in: true, sessionUser: rows[0]?.s ?? '', currentUser: rows[0]?.c ?? '', method: method() };
  } catch (error) {
    if (signal.aborted) throw aborted(what);
    return refusal(error, what, method());
  } finally {
    signal.removeEventListener('abort', drop);
    await endSoon(client);
  }
}

/** Which proof the server asked for; "none" under `trust` and the like. */
function methodAskedFor(client: pg.Client): () => string {
  let asked = 'none';
  const connection: EventEmitter = client.connection;
  connection.once('authenticationSASL', () => (asked = 'scram-sha-256'));
  connection.once('authenticationMD5Password', () => (asked = 'md5'));
  connection.once('authenticationCleartextPassword', () => (asked = 'password'));
  return () => asked;
}

function refusal(error: unknown, what: string, method: string): LoginOutcome {
  if (error instanceof pg.DatabaseError && error.code === '28P01') {
    return { in: false, why: 'password', code: '28P01', method };
  }
  if (error instanceof pg.DatabaseError && error.code === '28000') {
    // `routine` names the server's function: the only part of the answer that no locale translates.
    const why = error.routine === 'InitializeSessionUserId' ? 'no-role' : 'host-rule';
    return { in: false, why, code: '28000', method };
  }
  if (error instanceof pg.DatabaseError && error.code === '42501') {
    throw new ConnectorFault(
      'invalid',
      `${what}: ${plain(error.message)} (42501); credentials inherit nothing at login, so CONNECT on the database must be granted to public`,
    );
  }
  throw asFault(error, what);
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal, what: string): Promise<T> {
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(aborted(what));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const aborted = (what: string): ConnectorFault =>
  new ConnectorFault('unreachable', `${what}: stopped before the server had answered; it may have happened`);

function throwIfAborted(signal: AbortSignal, what: string): void {
  if (signal.aborted) throw new ConnectorFault('unreachable', `${what}: stopped before it began`);
}

/** Closes the socket now: the server rolls back and lets go of the connection's locks. */
function destroy(client: pg.ClientBase): void {
  if (client instanceof pg.Client) client.connection.stream.destroy();
}

const GOODBYE_MS = 500;
async function endSoon(client: pg.Client): Promise<void> {
  const late = setTimeout(() => destroy(client), GOODBYE_MS);
  await client.end().catch(() => {});
  clearTimeout(late);
}
