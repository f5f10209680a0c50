import { describe, expect, it } from 'vitest';
import { formatDate, parseInline, parseMrkdwn, pingsIn } from '../../src/workspace/mrkdwn.ts';

describe('pings', () => {
  it.each([
    ['<!channel> look', ['!channel']],
    ['*<!here>* and <!everyone>', ['!here', '!everyone']],
    ['<@U0ADA> and <@U0ADA|ada>, <!subteam^S0DBA|@dba>', ['@U0ADA', '!subteam^S0DBA']],
    ['> quoted <@W0X>', ['@W0X']],
  ])('are found in %s', (text, pings) => expect(pingsIn(text)).toEqual(pings));

  it.each([
    ['escaped text', '&lt;!channel&gt; &lt;@U0ADA&gt;'],
    ['inline code', '`<!channel>`'],
    ['a code block', '```<!channel>```'],
    ['a bare @channel', '@channel'],
    ['a link that is labelled so', '<https://a.test|<!channel>'],
  ])('are not found in %s', (_name, text) => expect(pingsIn(text)).toEqual([]));
});

describe('mrkdwn', () => {
  const kinds = (text: string) => parseInline(text).map((inline) => inline.kind);

  it('knows bold, italic, strike and code, at word boundaries only', () => {
    expect(kinds('*b* _i_ ~s~ `c`')).toEqual(['bold', 'text', 'italic', 'text', 'strike', 'text', 'code']);
    expect(kinds('snake_case_name 2*3*4 * not * ')).toEqual(['text']);
  });

  it('shows the label of a link, and the address where there is none', () => {
    expect(parseInline('<https://a.test/?x=1&amp;y=2|here>')).toEqual([
      { kind: 'link', url: 'https://a.test/?x=1&y=2', label: 'here' },
    ]);
    expect(parseInline('<https://a.test>')[0]).toMatchObject({ label: 'https://a.test' });
  });

  it('does not make a link of a scheme that runs code', () => {
    expect(kinds('<javascript:alert(1)|click>')).toEqual(['text']);
    expect(kinds('<data:text/html,x|click>')).toEqual(['text']);
  });

  it('turns the three escapes back, once', () => {
    expect(parseInline('&amp;lt; &lt;b&gt; a &amp; b')).toEqual([{ kind: 'text', text: '&lt; <b> a & b' }]);
  });

  it('splits quotes, lists and code blocks', () => {
    const text = 'intro\n>a\n&gt;b\n• one\n• two\n```\ncode *x*\n```\nend';
    expect(parseMrkdwn(text).map((paragraph) => paragraph.kind)).toEqual([
      'paragraph',
      'quote',
      'list',
      'preformatted',
      'paragraph',
    ]);
  });

  it('does not hang on hostile nesting', () => {
    expect(parseInline('*_'.repeat(5000)).length).toBeGreaterThan(0);
    expect(parseMrkdwn('<'.repeat(20_000)).length).toBe(1);
    const startedMs = performance.now();
    parseMrkdwn('*a '.repeat(13_000));
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });

  it('tells a date in the zone of the reader', () => {
    const epochS = Date.UTC(2026, 10, 20, 23, 30) / 1000;
    const format = '{date_short_pretty} at {time}';
    expect(formatDate(epochS, format, 'Etc/UTC', epochS * 1000)).toBe('today at 23:30');
    expect(formatDate(epochS, format, 'Europe/Zurich', epochS * 1000 - 3_600_000)).toBe('tomorrow at 00:30');
    expect(formatDate(epochS, '{ago}', 'Etc/UTC', epochS * 1000 - 25 * 60_000)).toBe('in 25 minutes');
    expect(formatDate(epochS, '{unknown}', 'Etc/UTC', 0)).toBe('{unknown}');
  });
});
