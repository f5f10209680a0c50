import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { html } from '../../src/html.ts';
import { timesIn } from '../../src/evidence/page/times.ts';
import { noBrowser, openBrowser } from '../browser/chromium.ts';
import { ENTITLEMENT, HOUR } from '../domain/facts.ts';
import { admissionTo, Life, LIVES, life, NAMES_OF, TEXTS } from './lives.ts';

const pageOf = async (lived: Life): Promise<string> =>
  Buffer.from((await lived.bundle()).get('index.html') ?? []).toString();

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)> & 'q' </style></title>\u202Eevil\u2066`;

/** Everything that anyone outside could have put into it, put into it. */
const hostileLife = (): Life => {
  const entitlement = { ...ENTITLEMENT, title: HOSTILE, resourceTitle: HOSTILE, environment: HOSTILE };
  const lived = new Life({ [Object.keys(NAMES_OF)[0] ?? '']: HOSTILE });
  return lived.does('submit', {
    admission: admissionTo(entitlement),
    durationMs: HOUR,
    justification: HOSTILE.replaceAll(/[\u202e\u2066]/g, ''),
    ticket: null,
  });
};

describe('the page', () => {
  it('asks nothing of any network and runs nothing', async () => {
    const page = await pageOf(life('a full life'));
    expect(page).not.toMatch(
      /<script|<link|<img|<iframe|<form|javascript:|@import|url\(|https?:|srcset|\son\w+=/i,
    );
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${hash}'`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(page).not.toContain(' style="');
  });

  it('leads only to files of its bundle', async () => {
    const lived = life('a full life');
    lived.log.taken.push({ ...lived.log.headNow(), at: 0, anchor: 'time-stamp', receipt: 'AAAA' });
    const bundle = await lived.bundle();
    const page = Buffer.from(bundle.get('index.html') ?? []).toString();
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, to = '']) => to);
    expect(links.length).toBeGreaterThan(20);
    expect([...new Set(links)].filter((to) => !bundle.has(to))).toEqual([]);
  });

  it('shows hostile text as text', async () => {
    const page = await pageOf(hostileLife());
    expect(page).not.toMatch(/<script|<img/);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    expect(page.match(/<\/title>/g)).toHaveLength(1);
    expect(page).toContain(
      '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; &amp; &#39;q&#39;',
    );
    expect(page).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(page).toContain('\ufffdevil\ufffd');
  });

  it.each<[string, string]>([
    [
      'a full life',
      'Ana Novak had Read on Orders for 59 min 58 s. Cleo Laurent and Dev Sharma approved it; it ended because its time was up, and was proven gone 3.7 s later.',
    ],
    ['one that waits', 'Ana Novak asked for Read on Orders for 1 h. It waits for approval.'],
    [
      'a denied one',
      'Ana Novak asked for Read on Orders for 1 h; Cleo Laurent denied it. Nothing was set up.',
    ],
    ['a withdrawn one', 'Ana Novak asked for Read on Orders for 1 h and withdrew it. Nothing was set up.'],
    ['a lapsed one', 'Ana Novak asked for Read on Orders for 1 h; nobody decided in time, and it lapsed.'],
    [
      'one approved by rule',
      'Ana Novak had Read on Orders for 59 min 58 s. A rule approved it; it ended because its time was up, and was proven gone 3.7 s later.',
    ],
    [
      'an extended one',
      'Ana Novak had Read on Orders for 1 h 59 min 58 s. Cleo Laurent and Dev Sharma approved it; it ended because its time was up, and was proven gone 3.7 s later.',
    ],
    [
      'one that failed',
      'Ana Novak was to have Read on Orders. Cleo Laurent and Dev Sharma approved it; it ended because setting it up failed, so what had been made was undone, and was proven gone 2.5 s later.',
    ],
    [
      'one refused at its start',
      'Ana Novak asked for Read on Orders for 1 h and was approved, but the rules no longer allowed it. Nothing was set up.',
    ],
    [
      'one that is active',
      'Ana Novak has Read on Orders until 2026-11-20 10:00:04 UTC. Cleo Laurent and Dev Sharma approved it.',
    ],
    [
      'one that was revoked',
      'Ana Novak had Read on Orders for 1 s. Cleo Laurent and Dev Sharma approved it; it ended because Owen Ruiz revoked it, and was proven gone 2.5 s later.',
    ],
  ])('%s, in one sentence or two', async (name, expected) => {
    const [, heading] = /<h1>(.*)<\/h1>/.exec(await pageOf(life(name))) ?? [];
    expect(heading).toBe(expected);
  });

  it('tells of each life every event once, with its place in the log', async () => {
    for (const name of Object.keys(LIVES)) {
      const lived = life(name);
      const page = await pageOf(lived);
      for (const { meta } of lived.log.events.filter((event) => event.meta.stream.startsWith('request/')))
        expect(page.split(`#${meta.index}</a> · <a`), `${name} ${meta.index}`).toHaveLength(2);
    }
  });

  it('warns of nothing where everything holds', async () => {
    for (const name of Object.keys(LIVES)) expect(await pageOf(life(name))).not.toContain('class="bad"');
  });

  it('tells each text once', async () => {
    const page = await pageOf(life('a full life'));
    for (const canary of Object.values(TEXTS).filter((text) => text.includes('canary')))
      expect(page.split(canary).length, canary).toBe(canary === TEXTS.reason ? 1 : 2);
  });

  it('marks a claim that fails in words and by shape', async () => {
    const lived = life('a full life');
    lived.sweepFinds(lived.state?.grant?.handle.name ?? '');
    const page = await pageOf(lived);
    expect(page).toMatch(
      /<li class="does-not-hold"><span class="mark" role="img" aria-label="does not hold">✗/,
    );
    expect(page).toContain('<b>1 claim below does not hold.</b>');
    expect(page).toContain('It was found on the target again');
    expect(page).toContain('A sweep of orders found 1 credential that should not be there.');
  });
});

describe('text in markup', () => {
  it('is escaped wherever it is put, markup is not', () => {
    expect(html`<p title="${'"&<>'}">${'<b>'}${html`<b>`}${1}${null}${['<i>', html`<i>`]}</p>`.text).toBe(
      '<p title="&quot;&amp;&lt;&gt;">&lt;b&gt;<b>1&lt;i&gt;<i></p>',
    );
  });

  it('loses what would reorder or hide it, and keeps its lines', () => {
    expect(html`${'a\u202eb\0c\u2028d\ud800e\nf'}`.text).toBe('a\ufffdb\ufffdc\ufffdd\ufffde\nf');
  });
});

describe('times', () => {
  const at = Date.UTC(2026, 10, 20, 23, 30, 5);

  it('are told in UTC and in the installation’s zone, with the day where it is another', () => {
    expect(timesIn('Europe/Vienna').utc(at)).toBe('2026-11-20 23:30:05 UTC');
    expect(timesIn('Europe/Vienna').local(at)).toBe('21 Nov, 00:30:05 CET');
    expect(timesIn('America/New_York').local(at)).toBe('18:30:05 GMT-5');
    expect(timesIn('UTC').local(at)).toBe('23:30:05 UTC');
  });
});

describe.skipIf(noBrowser)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-evidence-'));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)(
    'at %i px, %s: styled, nothing cut off, nothing blocked, nothing run',
    async (width, colorScheme) => {
      const file = join(folder, `${width}.html`);
      await writeFile(file, await pageOf(width === 390 ? hostileLife() : life('a full life')));
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const heard: string[] = [];
      page.on('console', (message) => heard.push(message.text()));
      page.on('dialog', (dialog) => heard.push(dialog.message()));
      page.on('request', (request) => heard.push(request.url()));
      const { href } = pathToFileURL(file);
      await page.goto(href);
      expect(heard).toEqual([href]);
      const seen = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        ground: getComputedStyle(document.body).backgroundColor,
      }));
      expect(seen).toEqual({
        wide: width,
        ground: colorScheme === 'dark' ? 'rgb(21, 24, 27)' : 'rgb(255, 255, 255)',
      });
    },
  );
});
