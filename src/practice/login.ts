import pg from 'pg';

/** A person at their own database client, with what they were shown. */
export interface Session {
  rows(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Resolves with the server's words when it ends this session. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export async function login(url: string): Promise<Session> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  const ended = new Promise<string>((resolve) => {
    client.on('error', (error) => resolve(error.message));
    client.on('end', () => resolve('the connection was closed'));
  });
  await client.connect();
  return {
    rows: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    ended,
    close: () => client.end(),
  };
}

/** The server's refusal as `28P01: password authentication failed…`; null when it let us in. */
export async function refusal(url: string): Promise<string | null> {
  try {
    await (await login(url)).close();
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return `${code}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
