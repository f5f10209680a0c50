import { expect } from 'vitest';
import { leafHash } from '../../src/audit/leaf.ts';
import { type RequestState, streamOf } from '../../src/domain/state.ts';
import type { RecordedEvent } from '../../src/domain/events.ts';
import { type FakeMessage, hasButtons } from '../fakes/chat.ts';
import { CANARY, SECOND, type World } from './world.ts';

/** How long after its expiry a credential may still be there, its target within reach. */
const GRACE_MS = 5 * SECOND;

/** What DESIGN.md promises, of everything that has happened in a world whose requests have all ended. */
export async function expectInvariants(world: World, graceMs = GRACE_MS): Promise<void> {
  expect(world.violations).toEqual([]);
  // A head may still be due, which is nobody's access.
  expect(world.due().filter(({ lane }) => lane !== 'log')).toEqual([]);
  await expectSoundLog(world);
  for (const state of await world.requests()) {
    const events = await world.events(state.id);
    expectEnded(world, state, graceMs);
    expectConsent(state, events);
    expectToldOnce(world, state);
  }
  const keys = world.chat.messages.map((message) => message.key);
  expect(keys).toEqual([...new Set(keys)]);
  expect(world.everythingWritten()).not.toContain(CANARY);
}

async function expectSoundLog(world: World): Promise<void> {
  const leaves = await world.leaves();
  leaves.forEach(({ index, leaf, bytes }, i) => {
    expect(index).toBe(i);
    expect(leafHash(bytes)).toEqual(leaf);
  });
}

function expectEnded(world: World, state: RequestState, graceMs: number): void {
  expect(['revoked', 'failed', 'denied', 'withdrawn', 'lapsed']).toContain(state.phase);
  if (state.grant === null) return;
  const { name } = state.grant.handle;
  expect(world.target.names()).not.toContain(name);
  const removedAt = world.target.removedAt.get(name) ?? 0;
  expect(removedAt).toBeLessThanOrEqual(state.grant.expiresAt + graceMs);
}

function expectConsent(state: RequestState, events: readonly RecordedEvent[]): void {
  const asked = new Set<string>();
  for (const event of events) {
    if (event.type === 'RequestSubmitted' || event.type === 'ExtensionRequested') asked.add(event.meta.leaf);
    if (event.type === 'ApprovalRecorded') {
      expect(asked).toContain(event.data.shown);
      expect(event.data.by).not.toBe(state.requester);
    }
    if (event.type === 'RequestApproved')
      expect(new Set(event.data.approvers).size).toBe(
        state.ballot.consent.stages.reduce((sum, stage) => sum + stage.quorum, 0),
      );
  }
}

/** One thread, one post an event, in it; cards and notes as the state says. */
function expectToldOnce(world: World, state: RequestState): void {
  const stream = streamOf(state.id);
  const of = (slot: string): FakeMessage[] =>
    world.chat.messages.filter((m) => m.key === `${stream}/${slot}`);
  const cards = world.chat.messages.filter((m) => m.key.startsWith(`${stream}/card:`));
  for (const card of cards) expect(card.notice).toMatchObject({ view: { phase: state.phase } });
  const [root] = cards;
  for (let version = 1; version <= state.version; version += 1)
    expect(of(`thread:slack:${version}`)).toMatchObject([
      { conversation: root?.conversation, thread: root?.ts },
    ]);
  const notes = world.chat.messages.filter((m) => m.key.startsWith(`${stream}/dm:`));
  expect(notes.slice(0, -1).filter(hasButtons)).toEqual([]);
}
