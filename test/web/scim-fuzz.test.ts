import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COUNTERSIGN, ENTERPRISE, type ScimServer, scimServer, someGroup, someone } from './scim-server.ts';

let server: ScimServer;
let people: readonly string[];
beforeAll(async () => {
  server = await scimServer();
  people = await Promise.all(['ana', 'bo', 'cy'].map((name) => someone(server, name, { displayName: name })));
  await someGroup(server, 'ops');
});
afterAll(() => server.close());

const path = fc.oneof(
  fc.constantFrom(
    'userName',
    'displayName',
    'externalId',
    'active',
    'emails',
    'emails[type eq "work"].value',
    'name.givenName',
    'members',
    'members[value eq "0"]',
    'title',
    'id',
    '__proto__',
    ENTERPRISE,
    `${ENTERPRISE}:manager`,
    `${ENTERPRISE}:department`,
    COUNTERSIGN,
    `${COUNTERSIGN}:slack`,
    `${COUNTERSIGN}:slack[value eq "T1/U1"]`,
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.stringMatching(/^[a-z]{1,4}\[[a-z "()]{0,12}\](\.[a-z]{1,4})?$/),
);
const text = fc.oneof(
  fc.constantFrom('ana@x.test', 'BO@x.test', 'T1/U1', 'T1/U2', '', 'True', 'x'.repeat(300)),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const value = fc.oneof(
  text,
  fc.boolean(),
  fc.constantFrom(null, 7, [], {}),
  fc.array(fc.record({ value: text }), { maxLength: 3 }),
  fc.array(
    fc.nat(2).map((at) => ({ at })),
    { maxLength: 3 },
  ),
  fc.dictionary(path, fc.oneof(text, fc.jsonValue({ maxDepth: 2 })), { maxKeys: 3 }),
  fc.jsonValue({ maxDepth: 3 }),
);
const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record(
      { op: fc.constantFrom('add', 'Add', 'replace', 'remove', 'Remove', 'move'), path, value },
      { requiredKeys: ['op'] },
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);
const operations = fc.array(operation, { maxLength: 4 });
/** Some of the members are people who are there. */
const filled = (given: unknown): unknown =>
  JSON.parse(
    JSON.stringify(given).replaceAll(/\{"at":(\d)\}/g, (_all, at: string) =>
      JSON.stringify({ value: people[Number(at)] }),
    ),
  );

const SAID: readonly number[] = [200, 204, 400, 409, 413];

describe('a request of any operations at all', () => {
  it('is carried out whole or not at all, and never breaks', { timeout: 60_000 }, async () => {
    const group = await someGroup(server, 'dba', people.slice(0, 1));
    const user = people[0] ?? '';
    const seen = new Set<number>();
    const both = async () => ({
      users: await server.store.scim.user(user),
      groups: await server.store.scim.group(group),
    });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), operations, async (isGroup, given) => {
        const before = await both();
        const answer = await server.patch(
          isGroup ? `/Groups/${group}` : `/Users/${user}`,
          filled(given) as unknown[],
        );
        const after = await both();
        seen.add(answer.status);
        expect(SAID).toContain(answer.status);
        if (answer.status >= 400) expect(after).toEqual(before);
        const now = isGroup ? after.groups : after.users;
        const was = isGroup ? before.groups : before.users;
        expect(now?.version).toBe(
          (was?.version ?? 0) + (JSON.stringify(now) === JSON.stringify(was) ? 0 : 1),
        );
      }),
      { numRuns: 400 },
    );
    expect([...seen]).toEqual(expect.arrayContaining([200, 204, 400]));
    expect(server.logged).toEqual([]);
  });

  it('is no different for a whole body', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('Users', 'Groups'),
        fc.dictionary(path, value),
        async (endpoint, body) => {
          const { status } = await server.ask(
            'POST',
            `/${endpoint}`,
            filled({ ...body, userName: 'bo@x.test', displayName: 'ops' }),
          );
          expect([400, 409, 413]).toContain(status);
        },
      ),
      { numRuns: 200 },
    );
    expect(await server.store.scim.size()).toEqual({ users: 3, groups: 2 });
  });

  it('is no different for a search', { timeout: 60_000 }, async () => {
    const filter = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc
        .array(
          fc.constantFrom('userName', 'eq', '"x"', 'and', 'or', 'not', '(', ')', '[', ']', 'pr', '7', '"'),
          { maxLength: 12 },
        )
        .map((words) => words.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(filter, async (given) => {
        const { status } = await server.ask(
          'GET',
          `/Users?filter=${encodeURIComponent(given.toWellFormed())}`,
        );
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 300 },
    );
  });
});
