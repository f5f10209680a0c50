import { maxViewBytes, maxViewsDeep, viewProblems } from './limits/view.ts';
import { withIds } from './messages.ts';
import type { WorkspaceState } from './state.ts';
import type { Json, View, ViewDefinition } from './wire.ts';
import { isObject } from './wire.ts';

export interface ViewRefusal {
  error: string;
  problems?: string[];
}
export type ViewResult = { view: View } | ViewRefusal;

/** The modals that each person has open, at most three deep, and everyone's App Home. */
export class Views {
  readonly #state: WorkspaceState;
  readonly #stacks = new Map<string, View[]>();
  readonly #homes = new Map<string, View>();
  /** Inline errors of the view on top, by block_id. */
  readonly errors = new Map<string, Record<string, string>>();

  constructor(state: WorkspaceState) {
    this.#state = state;
  }

  stack(userId: string): readonly View[] {
    return this.#stacks.get(userId) ?? [];
  }

  current(userId: string): View | undefined {
    return this.stack(userId).at(-1);
  }

  home(userId: string): View | undefined {
    return this.#homes.get(userId);
  }

  /** An open modal or a home, and whose it is. */
  find(viewId: unknown, externalId?: unknown): { view: View; userId: string } | undefined {
    const owned = [...this.#stacks].flatMap(([userId, stack]) => stack.map((view) => ({ view, userId })));
    const homes = [...this.#homes].map(([userId, view]) => ({ view, userId }));
    const same = ({ view }: { view: View }) =>
      viewId
        ? view.id === viewId
        : externalId !== undefined && externalId !== '' && view.external_id === externalId;
    return [...owned, ...homes].find(same);
  }

  open(userId: string, definition: unknown): ViewResult {
    const refused = this.#refuse(definition, 'modal');
    if (refused) return refused;
    const view = this.#create(definition as ViewDefinition, null);
    this.#stacks.set(userId, [view]);
    this.#state.changed();
    return { view };
  }

  push(userId: string, definition: unknown): ViewResult {
    const stack = this.#stacks.get(userId);
    const top = stack?.at(-1);
    if (!stack || !top) return { error: 'not_found' };
    if (stack.length >= maxViewsDeep) return { error: 'push_limit_reached' };
    const refused = this.#refuse(definition, 'modal');
    if (refused) return refused;
    const view = this.#create(definition as ViewDefinition, top);
    stack.push(view);
    this.#state.changed();
    return { view };
  }

  update(viewId: unknown, externalId: unknown, definition: unknown, hash: unknown): ViewResult {
    const found = this.find(viewId, externalId);
    if (!found) return { error: 'not_found' };
    if (hash && hash !== found.view.hash) return { error: 'hash_conflict' };
    const { type } = found.view;
    const refused = this.#refuse(definition, type, found.view.id);
    if (refused) return refused;
    this.#replace(found.view, definition as ViewDefinition);
    return { view: found.view };
  }

  publish(userId: string, definition: unknown, hash: unknown): ViewResult {
    const existing = this.#homes.get(userId);
    if (hash && existing && hash !== existing.hash) return { error: 'hash_conflict' };
    const refused = this.#refuse(definition, 'home', existing?.id);
    if (refused) return refused;
    if (existing) this.#replace(existing, definition as ViewDefinition);
    else this.#homes.set(userId, this.#create(definition as ViewDefinition, null));
    this.#state.changed();
    return { view: this.#homes.get(userId) as View };
  }

  /** Closes the topmost view, or the whole stack; answers those that were closed, the top first. */
  close(userId: string, all: boolean): View[] {
    const stack = this.#stacks.get(userId) ?? [];
    const closed = all ? stack.splice(0).reverse() : stack.splice(-1);
    for (const view of closed) this.errors.delete(view.id);
    if (stack.length === 0) this.#stacks.delete(userId);
    this.#state.changed();
    return closed;
  }

  setErrors(viewId: string, errors: Record<string, string>): void {
    if (Object.keys(errors).length === 0) this.errors.delete(viewId);
    else this.errors.set(viewId, errors);
    this.#state.changed();
  }

  #refuse(definition: unknown, type: 'modal' | 'home', ownId?: string): ViewRefusal | undefined {
    if (!isObject(definition))
      return { error: 'invalid_arguments', problems: ['must provide an object [json-pointer:/view]'] };
    if (Buffer.byteLength(JSON.stringify(definition)) > maxViewBytes) return { error: 'view_too_large' };
    const problems = viewProblems(definition, type);
    if (problems.length > 0) return { error: 'invalid_arguments', problems };
    const twin = this.find(undefined, definition.external_id as Json);
    if (twin && twin.view.id !== ownId) return { error: 'duplicate_external_id' };
    return undefined;
  }

  #create(definition: ViewDefinition, previous: View | null): View {
    const { app, team } = this.#state.setup;
    const id = this.#state.nextId('V');
    return {
      id,
      team_id: team.id,
      ...this.#content(definition),
      state: { values: {} },
      root_view_id: previous?.root_view_id ?? id,
      previous_view_id: previous?.id ?? null,
      app_id: app.id,
      app_installed_team_id: team.id,
      bot_id: app.botId,
    };
  }

  #replace(view: View, definition: ViewDefinition): void {
    Object.assign(view, this.#content(definition));
    this.errors.delete(view.id);
    this.#state.changed();
  }

  #content(definition: ViewDefinition) {
    return {
      type: definition.type,
      title: definition.title ?? null,
      submit: definition.submit ?? null,
      close: definition.close ?? null,
      blocks: withIds(structuredClone(definition.blocks), this.#state),
      private_metadata: definition.private_metadata ?? '',
      callback_id: definition.callback_id ?? '',
      external_id: definition.external_id ?? '',
      clear_on_close: definition.clear_on_close ?? false,
      notify_on_close: definition.notify_on_close ?? false,
      hash: `${this.#state.nowS()}.${this.#state.secret(4)}`,
    };
  }
}
