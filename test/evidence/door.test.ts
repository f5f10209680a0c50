import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import type { EvidenceOrder } from '../../src/ports/evidence.ts';
import type { LogFields, Logger } from '../../src/ports/logger.ts';
import type { Download } from '../../src/web/evidence.ts';
import { createEvidenceDesk, type EvidenceDesk } from '../../src/web/evidence-desk.ts';
import { createWeb, type Web } from '../../src/web/server.ts';
import { noBrowser, openBrowser } from '../browser/chromium.ts';

const HANA: EvidenceOrder = { request: 'req_0123456789ab', person: 'hana', subject: `s:${'a'.repeat(24)}` };
const OTHER: EvidenceOrder = { request: 'req_ba9876543210', person: 'finn', subject: `s:${'b'.repeat(24)}` };

const logged: { fields: LogFields; message: string }[] = [];
const note = (fields: LogFields, message: string) => void logged.push({ fields, message });
const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };

let now = 0;
let web: Web;
let url: string;
let desk: EvidenceDesk;
let make: (order: EvidenceOrder) => Promise<Download | null>;
const made: EvidenceOrder[] = [];

const archiveOf = ({ request, person }: EvidenceOrder): Download => ({
  name: `evidence-${request}.zip`,
  bytes: Buffer.from(`PK of ${request} for ${person}`),
});

beforeEach(async () => {
  logged.length = 0;
  made.length = 0;
  now = 1_000;
  make = async (order) => archiveOf(order);
  desk = createEvidenceDesk({ clock: { now: () => now }, random: randomBytes, url: () => url });
  web = createWeb({
    logger,
    mode: () => 'full',
    readiness: [],
    metrics: { contentType: 'text/plain', render: async () => '', token: null },
    jwks: async () => ({ keys: [] }),
    tokens: { secret: null, introspect: async () => ({ active: false }), revoke: async () => {} },
    admin: { proofOf: () => '', carryOut: async () => null },
    scim: null,
    slackEvents: null,
    evidence: {
      desk,
      make: (order) => {
        made.push(order);
        return make(order);
      },
    },
  });
  ({ url } = await web.start(0, '127.0.0.1'));
});
afterEach(async () => {
  web.server.closeAllConnections();
  await web.close();
});

const post = (link: string): Promise<Response> => fetch(link, { method: 'POST' });
const taken = async (link: string): Promise<string> => (await post(link)).text();

describe('a link', () => {
  it('is 256 bits that nobody can read anything out of', () => {
    const { url: link, until } = desk.issue(HANA);
    const token = link.slice(`${url}/evidence/`.length);
    expect(link.startsWith(`${url}/evidence/`)).toBe(true);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(link).not.toMatch(/hana|req_|s:a/);
    expect(until).toBe(1_000 + LIMITS.evidenceLinkMs);
    expect(LIMITS.evidenceLinkMs).toBe(5 * 60_000);
  });

  it('shows a page with a button, as often as anyone looks, and takes nothing by that', async () => {
    const { url: link } = desk.issue(HANA);
    for (const method of ['GET', 'HEAD', 'GET', 'HEAD']) {
      const answer = await fetch(link, { method });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const page = await answer.text();
      if (method === 'GET') expect(page).toContain('<form method="post"><button>Download</button></form>');
      expect(page).not.toMatch(/hana|req_|s:a|<script|https?:/);
    }
    expect(made).toEqual([]);
    expect(await taken(link)).toBe('PK of req_0123456789ab for hana');
  });

  it('lets the page do nothing but show itself and send its own form', async () => {
    const { headers, body } = await fetch(desk.issue(HANA).url).then(async (answer) => ({
      headers: answer.headers,
      body: await answer.text(),
    }));
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(body) ?? [];
    expect(headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });

  it('gives the archive as a file to be saved, which no cache keeps and no browser guesses at', async () => {
    const answer = await post(desk.issue(HANA).url);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="evidence-req_0123456789ab.zip"',
      'content-length': String(archiveOf(HANA).bytes.length),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    expect(Buffer.from(await answer.arrayBuffer()).equals(archiveOf(HANA).bytes)).toBe(true);
  });

  it('is good for one download', async () => {
    const { url: link } = desk.issue(HANA);
    expect((await post(link)).status).toBe(200);
    expect((await post(link)).status).toBe(404);
    expect((await fetch(link)).status).toBe(404);
    expect(made).toEqual([HANA]);
  });

  it('is good for one of many downloads at once', async () => {
    const { url: link } = desk.issue(HANA);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(link)));
    expect(answers.map(({ status }) => status).filter((status) => status !== 404)).toEqual([200]);
    expect(made).toHaveLength(1);
  });

  it('is good until its time is up, and not a moment longer', async () => {
    const { url: link, until } = desk.issue(HANA);
    now = until - 1;
    expect((await fetch(link)).status).toBe(200);
    now = until;
    expect((await fetch(link)).status).toBe(404);
    expect((await post(link)).status).toBe(404);
    expect(made).toEqual([]);
  });

  it('is of one person and one request: another takes its own, and neither uses up the other', async () => {
    const [mine, theirs, second] = [
      desk.issue(HANA),
      desk.issue(OTHER),
      desk.issue({ ...HANA, request: OTHER.request }),
    ];
    expect(await taken(theirs.url)).toBe('PK of req_ba9876543210 for finn');
    expect(await taken(mine.url)).toBe('PK of req_0123456789ab for hana');
    expect(await taken(second.url)).toBe('PK of req_ba9876543210 for hana');
  });

  it('ends when its person asks for another of the same request', async () => {
    const [first, second] = [desk.issue(HANA), desk.issue(HANA)];
    expect((await post(first.url)).status).toBe(404);
    expect((await post(second.url)).status).toBe(200);
  });

  it('is spent when the right to it has gone, and says no more than any other 404', async () => {
    make = async () => null;
    const { url: link } = desk.issue(HANA);
    const refused = await post(link);
    expect([refused.status, await refused.text()]).toEqual([
      404,
      await (await post(`${url}/evidence/x`)).text(),
    ]);
    make = async (order) => archiveOf(order);
    expect((await post(link)).status).toBe(404);
  });

  it('is spent when making the archive fails, and the log of the process does not hold it', async () => {
    make = () => Promise.reject(new Error('store'));
    const { url: link } = desk.issue(HANA);
    expect((await post(link)).status).toBe(503);
    make = async (order) => archiveOf(order);
    expect((await post(link)).status).toBe(404);
    expect(logged).toMatchObject([{ fields: { path: '/evidence/', error: { message: 'store' } } }]);
    expect(JSON.stringify(logged)).not.toContain(link.slice(-43));
  });

  it('of which there are too many pushes out the oldest', () => {
    const tokenOf = (link: string): string => link.slice(-43);
    const first = tokenOf(desk.issue(HANA).url);
    const links = Array.from({ length: LIMITS.evidenceLinksMax - 1 }, (_, i) =>
      tokenOf(desk.issue({ ...OTHER, person: `p${i}` }).url),
    );
    expect([first, ...links].every((token) => desk.isGood(token))).toBe(true);
    desk.issue(OTHER);
    expect(desk.isGood(first)).toBe(false);
    expect(links.every((token) => desk.isGood(token))).toBe(true);
  });
});

describe('anything else', () => {
  it.each([
    '',
    'x',
    'A'.repeat(43),
    '../healthz',
    '%2e%2e%2fhealthz',
    `${'A'.repeat(43)}/`,
    'A'.repeat(4_000),
  ])('at /evidence/%s there is nothing, told in the same words', async (path) => {
    desk.issue(HANA);
    const gone = await (await fetch(`${url}/evidence/`)).text();
    for (const method of ['GET', 'POST']) {
      const { status, text } = await raw(method, `/evidence/${path}`);
      expect([status, text]).toEqual([404, gone]);
    }
    expect(made).toEqual([]);
  });

  it('that is near a token is not one: every single bit counts', () => {
    const token = Buffer.from(desk.issue(HANA).url.slice(-43), 'base64url');
    for (let bit = 0; bit < 256; bit += 1) {
      const near = Buffer.from(token);
      near[bit >> 3] = (near[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(desk.isGood(near.toString('base64url'))).toBe(false);
    }
    expect(desk.isGood(token.toString('base64url'))).toBe(true);
    expect(desk.isGood(`${token.toString('base64url')}=`)).toBe(false);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s finds nothing, and takes nothing', async (method) => {
    const { url: link } = desk.issue(HANA);
    expect((await fetch(link, { method })).status).toBe(404);
    expect((await post(link)).status).toBe(200);
  });

  it('a query or a body changes nothing', async () => {
    const { url: link } = desk.issue(HANA);
    const body = new URLSearchParams({ person: 'finn', request: OTHER.request });
    expect(await (await fetch(`${link}?request=${OTHER.request}`, { method: 'POST', body })).text()).toBe(
      'PK of req_0123456789ab for hana',
    );
  });
});

describe.skipIf(noBrowser)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  it('the button saves the archive under its name', async () => {
    await using browser = await openBrowser();
    const page = await browser.newPage();
    const heard: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    await page.goto(desk.issue(HANA).url);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('evidence-req_0123456789ab.zip');
    expect(await readFile(await download.path(), 'utf8')).toBe('PK of req_0123456789ab for hana');
    expect(heard.filter((text) => !text.includes('favicon'))).toEqual([]);
  });
});

/** With the path as it is: fetch would tidy it. */
function raw(method: string, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    const asked = httpRequest({ host: '127.0.0.1', port, method, path }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    asked.on('error', reject);
    asked.end();
  });
}
