import { describe, expect, it } from 'vitest';
import { ACTION, actionValue, DIALOG, parseErasure, parseTarget } from '../../src/chat/intent.ts';
import { ERASURE, ID, SHOWN } from './samples.ts';

describe("a button's value", () => {
  it('is read back as what was put in', () => {
    expect(parseTarget(actionValue({ request: ID, shown: SHOWN }))).toEqual({ request: ID, shown: SHOWN });
  });

  it.each<unknown>([
    undefined,
    null,
    7,
    '',
    ID,
    `${ID}|`,
    `${ID}|${SHOWN}|x`,
    `${ID}|${SHOWN.toUpperCase()}`,
    `${ID.toUpperCase()}|${SHOWN}`,
    `req_../../etc/p|${SHOWN}`,
    `${ID}|${SHOWN}\n`,
    { request: ID, shown: SHOWN },
  ])('is nothing when it is %j', (value) => {
    expect(parseTarget(value)).toBeNull();
  });
});

it('the id of a proposal is read back, and nothing else is', () => {
  expect(parseErasure(ERASURE)).toBe(ERASURE);
  for (const value of [undefined, null, 7, '', `${ERASURE}\n`, `${ERASURE}|x`, ID, `redaction/${ERASURE}`])
    expect(parseErasure(value), String(value)).toBeNull();
});

it('no two buttons, inputs or dialogs share an id', () => {
  const ids = [...Object.values(ACTION), ...Object.values(DIALOG)];
  expect(new Set(ids).size).toBe(ids.length);
});
