import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import {
  admits,
  ASKER,
  AUTOMATIC,
  command,
  ENTITLEMENT,
  event,
  FACTS,
  FORBIDDEN,
  HOUR,
  MINUTE,
  NOBODY,
  ONE,
  STAMP,
  T0,
} from './facts.ts';
import { given } from './given.ts';

const asking = { template: 'Ticket: \nWhy: ', minimumLength: 10, ticket: 'optional' } as const;
const DAY = 24 * HOUR;

describe('how much one person may ask for', () => {
  it('is bounded in what is open and in what was asked within the hour', () => {
    given()
      .when(
        command('submit', {
          open: LIMITS.openRequestsPerPersonMax - 1,
          lately: LIMITS.requestsPerPersonHourMax - 1,
        }),
      )
      .thenTypes('RequestSubmitted');
    given()
      .when(command('submit', { open: LIMITS.openRequestsPerPersonMax }))
      .thenRefused({ code: 'too-many-open', most: 40 });
    given()
      .when(command('submit', { lately: LIMITS.requestsPerPersonHourMax }))
      .thenRefused({ code: 'too-many-lately', most: 60 });
  });
});

describe('a request', () => {
  it('is submitted with what was asked, what must be consented to, and when it lapses', () => {
    given()
      .when(command('submit', { justification: '  INC-1: orders stuck ', ticket: ' INC-1 ' }))
      .thenEvents(
        event(
          'RequestSubmitted',
          {
            requester: ASKER,
            entitlement: ENTITLEMENT,
            durationMs: HOUR,
            startAt: null,
            lapseAt: T0 + ENTITLEMENT.lapseAfterMs,
            consent: ONE,
            policy: STAMP,
          },
          { justification: 'INC-1: orders stuck', ticket: 'INC-1', facts: FACTS },
        ),
      );
  });

  it('is approved at once, by nobody, when a rule waives consent', () => {
    given()
      .when(command('submit', { admission: admits(AUTOMATIC) }))
      .thenEvents(
        event(
          'RequestSubmitted',
          { consent: AUTOMATIC },
          { justification: 'INC-1: orders stuck', facts: FACTS },
        ),
        event('RequestApproved', { approvers: [] }),
      );
  });

  it('is refused when the rules do not admit it', () => {
    given()
      .when(command('submit', { admission: FORBIDDEN }))
      .thenRefused({ code: 'not-admissible', reason: 'not-eligible' });
  });

  it('is refused when the rules name nobody to consent and nothing that waives it', () => {
    given()
      .when(command('submit', { admission: admits(NOBODY) }))
      .thenRefused({ code: 'not-admissible', reason: 'consent-unknown' });
  });

  it('is refused while the same person waits for the same entitlement', () => {
    given()
      .when(command('submit', { waiting: 'req_00000000000z' }))
      .thenRefused({ code: 'already-asked', request: 'req_00000000000z' });
  });
});

describe('its duration', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('is refused at %d ms', (durationMs) => {
    given()
      .when(command('submit', { durationMs }))
      .thenRefused({ code: 'duration-not-positive', durationMs });
  });

  it('is taken at the cap and refused beyond it, automatic approval included', () => {
    const { longestMs } = ENTITLEMENT;
    for (const admission of [admits(), admits(AUTOMATIC)]) {
      expect(given().when(command('submit', { admission, durationMs: longestMs })).decision.ok).toBe(true);
      given()
        .when(command('submit', { admission, durationMs: longestMs + 1 }))
        .thenRefused({ code: 'duration-too-long', durationMs: longestMs + 1, longestMs });
    }
  });
});

describe('its start', () => {
  it.each([T0, T0 + DAY, T0 + LIMITS.startAheadMaxMs])('may be now or later (%d)', (startAt) => {
    expect(given().when(command('submit', { startAt })).decision.ok).toBe(true);
  });

  it.each([T0 - 1, Number.NaN, T0 + 0.5])('is refused in the past or when it is no time (%d)', (startAt) => {
    given().when(command('submit', { startAt })).thenRefused({ code: 'start-in-past', startAt });
  });

  it('is refused further ahead than anyone can answer for', () => {
    const latestAt = T0 + LIMITS.startAheadMaxMs;
    given()
      .when(command('submit', { startAt: latestAt + 1 }))
      .thenRefused({ code: 'start-too-far', startAt: latestAt + 1, latestAt });
  });
});

describe('its justification', () => {
  const refusedFor = (justification: string, minimumLength = 10) =>
    given().when(command('submit', { justification, asking: { ...asking, minimumLength } }));

  it.each(['', '   ', '\n\n'])('is not empty (%j), even where no minimum is set', (text) => {
    refusedFor(text, 0).thenRefused({ code: 'justification-too-short', minimumLength: 1, length: 0 });
  });

  it('has its minimum length in what can be read, not in blanks', () => {
    refusedFor('db down').thenRefused({ code: 'justification-too-short', minimumLength: 10, length: 7 });
    refusedFor(`db${' '.repeat(20)}down`).thenRefused({
      code: 'justification-too-short',
      minimumLength: 10,
      length: 7,
    });
    expect(refusedFor('db is down').decision.ok).toBe(true);
  });

  it.each(['Ticket: \nWhy: ', 'Ticket:   Why:', '\r\nTicket:\r\nWhy:\r\n'])(
    'is not the template as it came (%j)',
    (text) => {
      refusedFor(text).thenRefused({ code: 'justification-untouched' });
    },
  );

  it('is not the template in another encoding of the same letters', () => {
    given()
      .when(
        command('submit', {
          justification: 'Cafe\u0301: warum',
          asking: { ...asking, template: 'Cafe\u0301: warum' },
        }),
      )
      .thenRefused({ code: 'justification-untouched' });
  });

  it('may be the template filled in', () => {
    expect(refusedFor('Ticket: INC-1\nWhy: orders stuck').decision.ok).toBe(true);
  });

  it('may be anything where there is no template', () => {
    const free = { ...asking, template: '' };
    expect(given().when(command('submit', { asking: free })).decision.ok).toBe(true);
  });

  it('is refused when it is longer than the card can show, and when it is not what it seems', () => {
    const maximumLength = LIMITS.justificationMaxChars;
    refusedFor('x'.repeat(maximumLength + 1)).thenRefused({
      code: 'text-too-long',
      field: 'justification',
      maximumLength,
      length: maximumLength + 1,
    });
    refusedFor('read only \u202Eetirw').thenRefused({
      code: 'text-unsafe',
      field: 'justification',
      what: 'invisible or direction-changing characters',
    });
  });
});

describe('its ticket', () => {
  const withTicket = (ticket: string | null, rule: 'none' | 'optional' | 'required') =>
    given().when(command('submit', { ticket, asking: { ...asking, ticket: rule } }));

  it.each([null, '', '  '])('is asked for where it is required (%j)', (ticket) => {
    withTicket(ticket, 'required').thenRefused({ code: 'ticket-missing' });
  });

  it.each(['none', 'optional'] as const)('may be left out where it is %s', (rule) => {
    const { decision } = withTicket(' ', rule);
    expect(decision.events[0]?.personal).toEqual({ justification: 'INC-1: orders stuck', facts: FACTS });
  });

  it.each(['INC-1\nApproved by: security', 'INC-1\tok'])('is one line (%j)', (ticket) => {
    withTicket(ticket, 'optional').thenRefused({
      code: 'text-unsafe',
      field: 'ticket',
      what: 'line breaks or tabs',
    });
  });

  it('is bounded', () => {
    withTicket('x'.repeat(LIMITS.ticketMaxChars + 1), 'required').thenRefused({
      code: 'text-too-long',
      field: 'ticket',
      maximumLength: LIMITS.ticketMaxChars,
      length: LIMITS.ticketMaxChars + 1,
    });
  });
});

it('a second submission is refused, whatever became of the first', () => {
  given(event('RequestSubmitted', { startAt: T0 + MINUTE }))
    .when(command('submit'))
    .thenRefused({ code: 'wrong-phase', action: 'submit', phase: 'requested' });
});
