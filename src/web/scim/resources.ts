import { LIMITS } from '../../limits.ts';
import type { Answer } from '../answer.ts';
import { listed, refused, scim } from './answer.ts';
import { patched, withBody } from './change.ts';
import { Refusal } from './refusal.ts';
import { found } from './search.ts';
import { type Asking, type Body, chosenOnly, pageOf } from './asking.ts';
import { names, tagOf } from './version.ts';
import { type Kept, openWriting, unknown, type WritingParts } from './writing.ts';

export interface Parts<R> extends WritingParts<R> {
  readonly base: () => string;
  /** Runs it when all that was given before is done: what a write is decided on stays as it is until then. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** After a write of it, durable by then. */
  readonly afterwards: (resource: R) => Promise<void>;
  /** What it is written as before it is deleted. */
  readonly last: (resource: R) => R;
}

/** What can be done with users, and with groups (RFC 7644, 3). */
export function openResources<R extends Kept>({
  kind,
  now,
  newId,
  onChanged,
  base,
  inTurn,
  afterwards,
  last,
}: Parts<R>) {
  const located = ({ id }: R): string => `${base()}/${kind.endpoint}/${id}`;
  const shown = (resource: R, asking: Asking): object => {
    const own = kind.shown(resource, base());
    const { id, createdAt, changedAt } = resource;
    const meta = {
      resourceType: kind.name,
      created: new Date(createdAt).toISOString(),
      lastModified: new Date(changedAt).toISOString(),
      location: located(resource),
      version: tagOf(resource),
    };
    return chosenOnly({ schemas: kind.schemas(own), id, ...own, meta }, asking);
  };
  const one = (status: number, resource: R, asking: Asking): Answer =>
    scim(status, shown(resource, asking), { location: located(resource), etag: tagOf(resource) });

  const { create, change } = openWriting({ kind, now, newId, onChanged });

  const answered = async (
    written: Promise<R | Refusal>,
    answer: (resource: R) => Answer,
  ): Promise<Answer> => {
    const done = await written;
    if (done instanceof Refusal) return refused(done);
    await afterwards(done);
    return answer(done);
  };

  return {
    list: async (asking: Asking): Promise<Answer> => {
      const page = pageOf(asking);
      if (page instanceof Refusal) return refused(page);
      const all = await found(kind, asking.query.get('filter'));
      if (all instanceof Refusal) return refused(all);
      const from = page.startIndex - 1;
      const some = all.slice(from, from + Math.min(page.count, LIMITS.scimPageMax));
      return listed(
        all.length,
        page.startIndex,
        some.map((each) => shown(each, asking)),
      );
    },
    read: async (id: string, asking: Asking): Promise<Answer> => {
      const resource = await kind.get(id);
      if (resource === null) return refused(unknown(kind, id));
      const { ifNoneMatch } = asking;
      if (ifNoneMatch === null || !names(ifNoneMatch, resource)) return one(200, resource, asking);
      return { status: 304, headers: { etag: tagOf(resource) }, body: '' };
    },
    create: (asking: Asking, body: Body): Promise<Answer> =>
      answered(
        inTurn(() => create(body)),
        (resource) => one(201, resource, asking),
      ),
    replace: (id: string, asking: Asking, body: Body): Promise<Answer> =>
      answered(
        inTurn(() => change(id, asking, (before) => withBody(kind.remainder(before), body, kind.attributes))),
        (resource) => one(200, resource, asking),
      ),
    patch: (id: string, asking: Asking, body: Body): Promise<Answer> =>
      answered(
        inTurn(() => change(id, asking, (before) => patched(before, body, kind.attributes))),
        // A group with all its members is long, and nobody waits for it.
        (resource) =>
          kind.name === 'User' || asking.query.has('attributes')
            ? one(200, resource, asking)
            : { status: 204, headers: { etag: tagOf(resource) }, body: '' },
      ),
    remove: async (id: string, asking: Asking): Promise<Answer> => {
      const left = await inTurn(() => change(id, asking, last));
      if (left instanceof Refusal) return refused(left);
      await afterwards(left);
      await inTurn(() => kind.drop(id));
      onChanged();
      return { status: 204, body: '' };
    },
  };
}
