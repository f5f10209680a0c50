import type { Answer, Courier } from './delivery.ts';
import { userPayload } from './payloads.ts';
import type { Conversation, StoredMessage, WorkspaceState } from './state.ts';
import type { JsonObject } from './wire.ts';

/** The Events API: what the app subscribed to, delivered again when it did not answer. */
export class Events {
  readonly #state: WorkspaceState;
  readonly #courier: Courier;
  readonly #retries = new Set<NodeJS.Timeout>();

  constructor(state: WorkspaceState, courier: Courier) {
    this.#state = state;
    this.#courier = courier;
  }

  /** Sends `event` if the app subscribed to it; the answer is that of the first attempt. */
  async send(
    event: JsonObject & { type: string },
    subscription: string = event.type,
  ): Promise<Answer | undefined> {
    if (!this.#state.setup.app.events.includes(subscription)) return undefined;
    return this.#attempt(event.type, this.#envelope(event), 0, '');
  }

  /** Slack asks an Events API address for a challenge before it sends anything. */
  async verifyUrl(): Promise<boolean> {
    const challenge = this.#state.secret(16);
    const payload = { type: 'url_verification', token: 'deprecated-verification-token', challenge };
    const answer = await this.#courier.deliver({ kind: 'event', type: 'url_verification', payload });
    if (!answer.ok) return false;
    return typeof answer.body === 'string' ? answer.body === challenge : answer.body.challenge === challenge;
  }

  async #attempt(type: string, payload: JsonObject, num: number, reason: string): Promise<Answer> {
    const retry = num > 0 ? { retry: { num, reason } } : {};
    const answer = await this.#courier.deliver({ kind: 'event', type, payload, ...retry });
    const delayMs = this.#state.setup.eventRetryDelaysMs[num];
    if (!answer.ok && delayMs !== undefined) {
      const why = answer.problem === 'operation_timeout' ? 'http_timeout' : 'http_error';
      const timer = setTimeout(() => {
        this.#retries.delete(timer);
        void this.#attempt(type, payload, num + 1, why);
      }, delayMs);
      timer.unref();
      this.#retries.add(timer);
    }
    return answer;
  }

  #envelope(event: JsonObject): JsonObject {
    const { app, team } = this.#state.setup;
    return {
      token: 'deprecated-verification-token',
      team_id: team.id,
      context_team_id: team.id,
      context_enterprise_id: null,
      api_app_id: app.id,
      event,
      type: 'event_callback',
      event_id: this.#state.nextId('Ev'),
      event_time: this.#state.nowS(),
      authorizations: [
        {
          enterprise_id: null,
          team_id: team.id,
          user_id: app.botUserId,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: false,
      event_context: `4-${this.#state.secret(8)}`,
    };
  }

  async messagePosted(conversation: Conversation, message: StoredMessage): Promise<void> {
    const { botUserId } = this.#state.setup.app;
    if (!conversation.members.has(botUserId) || message.user === botUserId) return;
    const kind =
      conversation.kind === 'channel' ? (conversation.isPrivate ? 'groups' : 'channels') : conversation.kind;
    const channelType = { im: 'im', mpim: 'mpim', groups: 'group', channels: 'channel' }[kind];
    const base = {
      user: message.user,
      text: message.text,
      ts: message.ts,
      team: message.team,
      channel: conversation.id,
      event_ts: message.ts,
      ...(message.thread_ts ? { thread_ts: message.thread_ts } : {}),
    };
    await this.send({ type: 'message', channel_type: channelType, ...base }, `message.${kind}`);
    if (message.pings.includes(`@${botUserId}`)) await this.send({ type: 'app_mention', ...base });
  }

  userChanged(userId: string): Promise<Answer | undefined> {
    const user = this.#state.user(userId);
    const eventTs = this.#state.nextTs();
    return this.send({
      type: 'user_change',
      user: userPayload(user),
      cache_ts: user.updatedS,
      event_ts: eventTs,
    });
  }

  close(): void {
    for (const timer of this.#retries) clearTimeout(timer);
    this.#retries.clear();
  }
}
