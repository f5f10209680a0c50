import type { Person, StoredMessage, Target, Workspace } from '../workspace/server.ts';

/** All that a message or view says, formatting marks and times as a reader would see them left out. */
export function textOf(target: Target | undefined): string {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'text' && typeof inner === 'string') found.push(inner);
        else walk(inner);
      }
    }
  };
  walk(target?.blocks ?? []);
  return readable(found.join('\n'));
}

/** Slack's markup as its reader sees it: dates by their fallback, no stars, entities resolved. */
function readable(text: string): string {
  return text
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/[*`]/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** Whoever is at the other end of the demo: acts by pressing and reading, as at a real client. */
export class Desk {
  readonly #workspace: Workspace;
  readonly #person: Person;
  readonly name: string;

  constructor(workspace: Workspace, user: string, name: string) {
    this.#workspace = workspace;
    this.#person = workspace.as(user);
    this.name = name;
  }

  get person(): Person {
    return this.#person;
  }

  async type(channel: string, text: string): Promise<void> {
    const outcome = await this.#person.command(channel, '/elevate', text);
    if (!outcome.ok) throw new Error(`/elevate ${text}: ${outcome.problem}`);
  }

  /** The newest message of a channel that satisfies `test`, as soon as there is one. */
  message(channel: string, test: (text: string, message: StoredMessage) => boolean, what: string) {
    return this.#wait(
      () => this.#person.messages(channel).findLast((message) => test(textOf(message), message)),
      what,
    );
  }

  reply(channel: string, root: StoredMessage, part: string, timeoutMs?: number) {
    return this.#wait(
      () =>
        this.#person
          .thread(channel, root.ts)
          .slice(1)
          .findLast((message) => textOf(message).includes(part)),
      `"${part}" in the thread`,
      timeoutMs,
    );
  }

  /** `since`: only what was said after that message. */
  note(part: string, { since, timeoutMs }: { since?: StoredMessage; timeoutMs?: number } = {}) {
    const isNew = (message: StoredMessage) => since === undefined || Number(message.ts) > Number(since.ts);
    return this.#wait(
      () => this.#person.dm().findLast((message) => isNew(message) && textOf(message).includes(part)),
      `a message to ${this.name} with "${part}"`,
      timeoutMs,
    );
  }

  whisper(part: string) {
    return this.#wait(
      () => this.#person.ephemerals().findLast((message) => textOf(message).includes(part)),
      `a message for ${this.name} alone with "${part}"`,
    );
  }

  view(part: string) {
    return this.#wait(() => {
      const view = this.#person.currentView();
      return textOf(view).includes(part) ? view : undefined;
    }, `a dialog with "${part}"`);
  }

  async press(target: Target, action: string): Promise<void> {
    const outcome = await this.#person.click(target, action);
    if (!outcome.ok) throw new Error(`${this.name} pressed ${action}: ${outcome.problem}`);
  }

  #wait<T>(look: () => T | undefined, what: string, timeoutMs = 10_000): Promise<T> {
    return this.#workspace.waitFor(() => look(), timeoutMs, what) as Promise<T>;
  }
}
