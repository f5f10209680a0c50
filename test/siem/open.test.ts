import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSiem, type SiemParts } from '../../src/siem/open.ts';
import { ANN, ASKER, OWNER } from '../domain/facts.ts';
import { sample } from './samples.ts';
import { faultOf, never } from './transport-contract.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-siem-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const opened = (detail: 'names' | 'pseudonyms', nameOf: SiemParts['nameOf']) =>
  openSiem({
    settings: {
      to: { kind: 'file', path: join(folder, 'events') },
      ca: null,
      format: 'ocsf',
      ocsfVersion: '1.8.0',
      detail,
    },
    origin: 'log.test/countersign',
    version: '1.2.3',
    hostname: 'bot.test',
    clock: { now: () => 0 },
    nameOf,
  });
const written = (): Record<string, unknown> => JSON.parse(readFileSync(join(folder, 'events'), 'utf8'));

it('asks nobody for names where pseudonyms are wanted', async () => {
  const asked: string[] = [];
  const nameOf = async (subject: string): Promise<string> => {
    asked.push(subject);
    return 'Somebody';
  };
  await opened('pseudonyms', nameOf).deliver([sample('CredentialIssued')], never);
  expect(asked).toEqual([]);
});

it('asks once for each of those that an event speaks of, and does without whom nobody knows', async () => {
  const asked: string[] = [];
  const nameOf = async (subject: string): Promise<string | null> => {
    asked.push(subject);
    return subject === ASKER ? 'Asker Name' : null;
  };
  await opened('names', nameOf).deliver([sample('CredentialIssued')], never);
  expect(asked.toSorted()).toEqual([ASKER, ANN, OWNER].toSorted());
  expect(written()).toMatchObject({
    user: { uid: ASKER, name: 'Asker Name' },
    actor: { user: { uid: ANN } },
  });
});

it('sends nothing while names cannot be looked up', async () => {
  const nameOf = async (): Promise<never> => {
    throw new Error('the directory is down');
  };
  const fault = await faultOf(opened('names', nameOf).deliver([sample('CredentialIssued')], never));
  expect(fault).toMatchObject({ code: 'unreachable', message: 'the names for the SIEM cannot be looked up' });
  expect(() => written()).toThrow('ENOENT');
});
