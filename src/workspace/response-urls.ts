import { refuseMessage } from './limits/message.ts';
import { contentOf, deleteMessage, postEphemeral, postMessage, updateMessage } from './messages.ts';
import type { Place } from './payloads.ts';
import type { WorkspaceState } from './state.ts';
import { isObject, nonEmpty } from './wire.ts';

const ttlMs = 30 * 60_000;
const maxUses = 5;
const maxUrls = 5000;

interface ResponseUrl {
  userId: string;
  conversationId: string;
  place: Place | undefined;
  expiresAtMs: number;
  uses: number;
}

export interface SinkAnswer {
  status: number;
  body: { ok: boolean; error?: string; problems?: string[] };
}

/** The `response_url` of a command or a click: five answers within half an hour. */
export class ResponseUrls {
  readonly #state: WorkspaceState;
  readonly #urls = new Map<string, ResponseUrl>();
  /** `http://127.0.0.1:port`, known once the server listens. */
  origin = '';

  constructor(state: WorkspaceState) {
    this.#state = state;
  }

  issue(userId: string, conversationId: string, place?: Place): string {
    const path = `/response/${this.#state.setup.team.id}/${this.#state.secret(16)}`;
    this.#urls.set(path, {
      userId,
      conversationId,
      place,
      expiresAtMs: this.#state.setup.now() + ttlMs,
      uses: 0,
    });
    const oldest = this.#urls.keys().next().value;
    if (this.#urls.size > maxUrls && oldest) this.#urls.delete(oldest);
    return this.origin + path;
  }

  receive(path: string, body: unknown): SinkAnswer {
    const url = this.#urls.get(path);
    if (!url) return refused('no_such_url');
    if (this.#state.setup.now() > url.expiresAtMs) return refused('expired_url');
    if (url.uses >= maxUses) return refused('used_url');
    if (!isObject(body)) return refused('invalid_payload', 400);
    url.uses += 1;
    return this.apply(url.userId, url.conversationId, url.place, body);
  }

  /** Also how the JSON answered to a command is shown. */
  apply(
    userId: string,
    conversationId: string,
    place: Place | undefined,
    body: Record<string, unknown>,
  ): SinkAnswer {
    const original = place && place.kind !== 'view' ? place : undefined;
    if (body.delete_original === true) {
      if (original) this.#delete(original);
      return { status: 200, body: { ok: true } };
    }
    const args = body as Parameters<typeof refuseMessage>[0];
    const refusal = refuseMessage(args);
    if (refusal) {
      const problems = refusal.problems.length > 0 ? { problems: refusal.problems } : {};
      return { status: 400, body: { ok: false, error: refusal.error, ...problems } };
    }
    const content = contentOf(args, this.#state);
    if (body.replace_original === true && original) {
      updateMessage(this.#state, original.message, content, { text: content.text });
      return { status: 200, body: { ok: true } };
    }
    const threadTs = nonEmpty(body.thread_ts);
    const conversation = this.#state.conversation(conversationId);
    const thread = threadTs ? { threadTs } : {};
    if (body.response_type === 'in_channel')
      postMessage(this.#state, conversation, this.#state.setup.app.botUserId, content, thread);
    else postEphemeral(this.#state, { channel: conversationId, user: userId, ...thread }, content);
    return { status: 200, body: { ok: true } };
  }

  #delete(original: Exclude<Place, { kind: 'view' }>): void {
    if (original.kind === 'message')
      return deleteMessage(this.#state, original.conversation, original.message);
    const at = this.#state.ephemerals.indexOf(original.message);
    if (at >= 0) this.#state.ephemerals.splice(at, 1);
    this.#state.changed();
  }
}

function refused(error: string, status = 404): SinkAnswer {
  return { status, body: { ok: false, error } };
}
