import { LIMITS } from '../limits.ts';
import { AnchorFault } from '../ports/anchor.ts';

export interface Answer {
  readonly status: number;
  /** Without its parameters. */
  readonly type: string;
  readonly body: Buffer;
}

export interface Post {
  /** As it follows "the": "witness w.example". */
  readonly what: string;
  readonly url: string;
  readonly type: string;
  readonly body: Uint8Array | string;
}

/** Follows no redirect, and reads at most `anchorAnswerMaxBytes`. Throws AnchorFault. */
export async function post({ what, url, type, body }: Post, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': type },
      body: Buffer.from(body),
      redirect: 'manual',
      signal,
    });
    const [answered = ''] = (response.headers.get('content-type') ?? '').split(';', 1);
    return { status: response.status, type: answered.trim().toLowerCase(), body: await read(what, response) };
  } catch (error) {
    if (error instanceof AnchorFault) throw error;
    const why = signal.aborted ? 'no answer in time' : codeOf(error);
    throw new AnchorFault('unreachable', `the ${what} cannot be reached (${why})`, RETRIED, { cause: error });
  }
}

const RETRIED = 'It is tried again by itself; check its address and the way there.';

async function read(what: string, response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > LIMITS.anchorAnswerMaxBytes)
      throw new AnchorFault('refused', `the ${what} answers more than it should`, WRONG_ADDRESS);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const WRONG_ADDRESS = 'Check its address: what is there may be something else.';

/** An answer that is no success; `hint` for one that will not change by itself. */
export function refusedWith(what: string, { status }: Answer, hint: string): AnchorFault {
  const passing = status === 429 || status >= 500;
  return new AnchorFault(
    passing ? 'unreachable' : 'refused',
    `the ${what} answered HTTP ${status}`,
    passing ? RETRIED : hint,
  );
}

/** The system's code lies in the cause of what fetch throws. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'no connection';
}
