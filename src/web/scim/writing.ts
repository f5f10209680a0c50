import { isDeepStrictEqual } from 'node:util';
import { LIMITS } from '../../limits.ts';
import type { Asking, Body } from './asking.ts';
import { withBody } from './change.ts';
import type { Kind } from './kind.ts';
import { Refusal, refuse, tooMany } from './refusal.ts';
import { names } from './version.ts';

export interface Kept {
  readonly id: string;
  readonly version: number;
  readonly createdAt: number;
  readonly changedAt: number;
}

export interface WritingParts<R> {
  readonly kind: Kind<R>;
  readonly now: () => number;
  readonly newId: () => string;
  readonly onChanged: () => void;
}

/** Making and changing what is kept. To be done one after another: what is decided on stays as it is until the end. */
export function openWriting<R extends Kept>({ kind, now, newId, onChanged }: WritingParts<R>) {
  const put = async (resource: R, before: R | null): Promise<R | Refusal> => {
    const fault = await kind.fault(resource, before);
    if (fault !== null) return fault;
    switch (await kind.put(resource, before?.version ?? null)) {
      case 'stored':
        onChanged();
        return resource;
      case 'taken':
        return refuse('uniqueness', TAKEN[kind.name]);
      case 'conflict':
        return new Refusal(409, null, 'it was changed at the same time: read it again');
    }
  };

  const create = async (body: Body): Promise<R | Refusal> => {
    if ((await kind.size()) >= kind.most) return tooMany(`${kind.most} ${kind.endpoint} at most are kept`);
    const resource = withBody(kind.blank(newId(), now()), body, kind.attributes);
    return resource instanceof Refusal ? resource : put(resource, null);
  };

  /** Nothing is written where nothing changes. */
  const change = async (
    id: string,
    { ifMatch }: Asking,
    changed: (before: R) => R | Refusal,
  ): Promise<R | Refusal> => {
    const before = await kind.get(id);
    if (before === null) return unknown(kind, id);
    if (ifMatch !== null && !names(ifMatch, before)) return OUTDATED;
    const after = changed(before);
    if (after instanceof Refusal) return after;
    const { version, changedAt } = before;
    if (isDeepStrictEqual({ ...after, version, changedAt }, before)) return before;
    return put({ ...after, version: version + 1, changedAt: now() }, before);
  };
  return { create, change };
}

const OUTDATED = new Refusal(412, null, 'it has been changed since: "If-Match" names another version');

const TAKEN = {
  User: 'another user has that userName, externalId or account',
  Group: 'another group has that displayName or externalId',
};

export const unknown = <R>({ name }: Kind<R>, id: string): Refusal =>
  new Refusal(404, null, `there is no ${name} ${JSON.stringify(id.slice(0, LIMITS.scimTextMaxChars))}`);
