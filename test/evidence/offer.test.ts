import { unzipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evidenceMaker } from '../../src/evidence-maker.ts';
import type { EvidenceOrder } from '../../src/ports/evidence.ts';
import type { Intent, Reply } from '../../src/ports/intent.ts';
import type { RequestId } from '../../src/domain/values.ts';
import { testSigner } from '../fakes/log.ts';
import { World } from '../workflows/world.ts';

let world: World;
let id: RequestId;
const issued: EvidenceOrder[] = [];

beforeEach(async () => {
  issued.length = 0;
  world = await World.open({
    deps: (deps) => ({
      ...deps,
      signer: testSigner(1),
      evidence: {
        issue: (order) => {
          issued.push(order);
          return { url: `https://access.test/evidence/${issued.length}`, until: 7 };
        },
      },
    }),
  });
  id = await world.granted();
});
afterEach(() => world.close());

const evidence = (): Intent => ({ kind: 'evidence', request: id });
const code = (reply: Reply): string => (reply.kind === 'refused' ? reply.refusal.code : reply.kind);
const readings = () => world.eventsOnDisk().filter(({ type }) => type === 'LogRead');

describe('the button', () => {
  it('gives an auditor a link, and it is on record before that they read it', async () => {
    const reply = await world.as('hana', evidence());
    expect(reply).toEqual({ kind: 'evidence', request: id, url: 'https://access.test/evidence/1', until: 7 });
    const by = await world.deps.store.known('hana');
    expect(issued).toEqual([{ request: id, person: 'hana', subject: by }]);
    expect(readings().map(({ data }) => data)).toEqual([
      { by, what: 'evidence', as: 'auditor', query: {}, request: id },
    ]);
  });

  it.each(['ana', 'cleo', 'erin', 'gus'])(
    'gives %s, who is no auditor, nothing, and tells them nothing',
    async (person) => {
      expect(code(await world.as(person, evidence()))).toBe('no-such-request');
      expect(issued).toEqual([]);
      expect(readings()).toEqual([]);
    },
  );

  it('gives nothing of a request that does not exist', async () => {
    expect(code(await world.as('hana', { kind: 'evidence', request: 'req_000000000000' }))).toBe(
      'no-such-request',
    );
    expect([issued, readings()]).toEqual([[], []]);
  });

  it('gives nothing to an account that may do nothing now', async () => {
    world.chat.standings.set('U0HANA', { kind: 'refused', why: 'deleted' });
    expect(code(await world.as('hana', evidence()))).toBe('account-refused');
    world.chat.standings.set('U0HANA', { kind: 'unavailable' });
    expect(code(await world.as('hana', evidence()))).toBe('account-unchecked');
    expect([issued, readings()]).toEqual([[], []]);
  });

  it('gives nothing where the reading cannot be put on record', async () => {
    const fail = () => Promise.reject(new Error('disk full'));
    await world.restart({
      deps: (deps) => ({
        ...deps,
        store: { ...deps.store, enter: fail },
        evidence: {
          issue: () => {
            throw new Error('a link before the record');
          },
        },
      }),
    });
    expect((await world.as('hana', evidence())).kind).toBe('trouble');
  });

  it('is offered to auditors where they are shown a request, and to nobody else', async () => {
    for (const [person, offered] of [
      ['hana', true],
      ['ana', false],
      ['cleo', false],
    ] as const)
      expect(await world.as(person, { kind: 'show', request: id })).toMatchObject({
        kind: 'shown',
        evidence: offered,
      });
  });

  it('works while only what ends access is done', async () => {
    await world.restart({
      deps: (deps) => ({
        ...deps,
        mode: () => 'revoke-only',
        evidence: { issue: () => ({ url: 'x', until: 0 }) },
      }),
    });
    expect((await world.as('hana', evidence())).kind).toBe('evidence');
  });
});

describe('the archive', () => {
  const order = async (): Promise<EvidenceOrder> => {
    await world.as('hana', evidence());
    return issued[0]!;
  };
  const make = (deps = world.deps) =>
    evidenceMaker(deps, { zone: 'Europe/Vienna', software: 'countersign 9' });

  it('holds the bundle in a folder of the request’s name', async () => {
    const download = await make()(await order());
    expect(download?.name).toBe(`evidence-${id}.zip`);
    const files = unzipSync(download?.bytes ?? new Uint8Array());
    const manifest = JSON.parse(Buffer.from(files[`evidence-${id}/evidence.json`] ?? []).toString()) as {
      generated: unknown;
      findings: { id: string; verdict: string }[];
    };
    const by = await world.deps.store.known('hana');
    expect(manifest.generated).toEqual({
      at: world.clock.now(),
      by,
      as: 'auditor',
      software: 'countersign 9',
    });
    // The catalogue of these tests is loaded by nobody.
    const failing = manifest.findings
      .filter(({ verdict }) => verdict === 'does-not-hold')
      .map((each) => each.id);
    expect(failing.filter((each) => each !== 'rules-on-record')).toEqual([]);
    expect(Object.keys(files).filter((path) => path.includes('/events/')).length).toBeGreaterThan(5);
  });

  it('is not made for one who is no auditor any more, or whose account may do nothing', async () => {
    const wanted = await order();
    world.chat.standings.set('U0HANA', { kind: 'refused', why: 'deleted' });
    expect(await make()(wanted)).toBeNull();
    world.chat.standings.delete('U0HANA');
    expect(await make()(wanted)).not.toBeNull();
    expect(await make()({ ...wanted, person: 'ana' })).toBeNull();
    expect(await make()({ ...wanted, person: 'nobody' })).toBeNull();
  });

  it('fails, and is not made, while the account cannot be looked up', async () => {
    const wanted = await order();
    world.chat.standings.set('U0HANA', { kind: 'unavailable' });
    await expect(make()(wanted)).rejects.toThrow();
  });

  it('rests on what was signed before where nothing may be signed now', async () => {
    const wanted = await order();
    const closed = make({ ...world.deps, mode: () => 'revoke-only' });
    const { store, signer, clock } = world.deps;
    await store.saveCheckpoint({
      ...(await store.head()),
      note: signer.sign(await store.head()),
      at: clock.now(),
    });
    expect(await closed(wanted)).not.toBeNull();
    await world.as('cleo', { kind: 'revoke', request: id, reason: 'over' });
    await expect(closed(wanted)).rejects.toMatchObject({ code: 'no_checkpoint' });
  });
});
