import type { Clock } from '../../ports/clock.ts';
import type { ScimShelf, ScimUser } from '../../ports/identity.ts';
import type { Answer, Asked, Route } from '../answer.ts';
import { presents } from '../client-secret.ts';
import { refused } from './answer.ts';
import { type Asking, askingOf, type Body, bodyOf } from './asking.ts';
import { discovered } from './discovery.ts';
import { groupsOf, usersOf } from './kind.ts';
import { Refusal } from './refusal.ts';
import { openResources } from './resources.ts';

/** Where an identity provider pushes users and groups (RFC 7644). */
export interface ScimDoor {
  /** Any of them opens it: two while one takes the other's place. */
  readonly tokens: readonly string[];
  readonly shelf: ScimShelf;
  readonly clock: Pick<Clock, 'now'>;
  /** An id that was never given before, and never will be. */
  readonly newId: () => string;
  /** Where others reach this process, without a slash at its end. */
  readonly url: () => string;
  /**
   * The user is out: told not to be active, or about to be deleted. Called after that is stored, and again each time the
   * provider says so; where it fails so does the request, and the provider tries again.
   */
  readonly onLeft: (user: ScimUser) => Promise<void>;
  /** Who belongs to what may be another than before. */
  readonly onChanged: () => void;
}

export const SCIM = '/scim/v2/';

/** The route of one request. Its method is looked at there: an address that is not told is a 401 like any other. */
export type ScimRoutes = (method: string, path: string, query: string) => Route;

export function scimRoutes(door: ScimDoor): ScimRoutes {
  const base = (): string => `${door.url()}${SCIM.slice(0, -1)}`;
  const { shelf, clock, newId, onChanged, onLeft } = door;
  const shared = { now: () => clock.now(), newId, onChanged, base, inTurn: turns() };
  const users = openResources({
    ...shared,
    kind: usersOf(shelf),
    afterwards: async (user) => (user.active ? undefined : onLeft(user)),
    // Whoever is deleted is out first: between the two, a crash loses nothing.
    last: (user) => ({ ...user, active: false }),
  });
  const groups = openResources({
    ...shared,
    kind: groupsOf(shelf),
    afterwards: async () => undefined,
    last: (group) => group,
  });

  const answer = async (method: string, path: string, query: string, asked: Asked): Promise<Answer> => {
    const asking = askingOf(query, asked);
    const [collection = '', id, ...more] = path.slice(SCIM.length).split('/').map(decoded);
    if (more.length > 0) return refused(NOWHERE);
    if (collection === 'Users') return resourceAnswer(users, method, id, asking, asked);
    if (collection === 'Groups') return resourceAnswer(groups, method, id, asking, asked);
    const found = discovered(collection, id, base());
    if (found === null) return refused(NOWHERE);
    return method === 'GET' ? found : notAllowed(['GET']);
  };

  return (method, path, query) => async (asked) => {
    if (!isKnown(door.tokens, asked)) return UNAUTHORIZED;
    await shelf.contacted(clock.now());
    return answer(method, path, query, asked);
  };
}

async function resourceAnswer(
  resources: ReturnType<typeof openResources>,
  method: string,
  id: string | undefined,
  asking: Asking,
  asked: Asked,
): Promise<Answer> {
  const withBody = async (answer: (body: Body) => Promise<Answer>): Promise<Answer> => {
    const body = bodyOf(asked);
    return body instanceof Refusal ? refused(body) : answer(body);
  };
  if (id === undefined) {
    if (method === 'GET') return resources.list(asking);
    if (method === 'POST') return withBody((body) => resources.create(asking, body));
    return notAllowed(['GET', 'POST']);
  }
  if (method === 'GET') return resources.read(id, asking);
  if (method === 'PUT') return withBody((body) => resources.replace(id, asking, body));
  if (method === 'PATCH') return withBody((body) => resources.patch(id, asking, body));
  if (method === 'DELETE') return resources.remove(id, asking);
  return notAllowed(['GET', 'PUT', 'PATCH', 'DELETE']);
}

const NOWHERE = new Refusal(404, null, 'there is nothing at this address');

const UNAUTHORIZED: Answer = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer realm="countersign"' },
  body: '',
};

const notAllowed = (methods: readonly string[]): Answer =>
  refused(new Refusal(405, null, `the methods here are ${methods.join(', ')}`), {
    allow: methods.join(', '),
  });

/** RFC 6750, 2.1, and no other way. Each is compared, so that how long it takes tells nothing of which. */
function isKnown(tokens: readonly string[], { headers }: Asked): boolean {
  if (!/^bearer /i.test(headers.authorization ?? '')) return false;
  return tokens.map((each) => presents(each, headers)).includes(true);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** One piece of work after another, in the order in which they were given. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
