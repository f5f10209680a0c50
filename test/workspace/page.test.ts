import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/workspace/server.ts';
import { asker, type Bot, httpBot, startPlain } from './bot.ts';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const reason = existsSync(executablePath)
  ? ''
  : ` (skipped: no browser at ${executablePath}; set CHROMIUM_PATH)`;

describe.skipIf(reason !== '')(`the page in a browser${reason}`, () => {
  let workspace: Workspace;
  let bot: Bot;
  let browser: Browser;
  const complaints: string[] = [];

  beforeAll(async () => {
    workspace = await startPlain({ page: true });
    bot = await httpBot(workspace, asker);
    browser = await chromium.launch({ executablePath, args: flags });
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await bot?.[Symbol.asyncDispose]();
    await workspace?.close();
  });

  /** The page as a person, complaining of every error and of every request to the outside. */
  async function openAs(userId: string, options: BrowserContextOptions = {}, hash = ''): Promise<Page> {
    const page = await (
      await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options })
    ).newPage();
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(workspace.url) && !request.url().startsWith('data:'))
        complaints.push(request.url());
    });
    await page.goto(`${workspace.url}?as=${userId}${hash}`);
    await page.getByRole('main').waitFor();
    return page;
  }

  it('takes a request by hand from the command to the decision, as two people', async () => {
    const page = await openAs('U0ADA');
    const composer = page.getByRole('textbox', { name: 'Message #general' });
    await composer.fill('/el');
    await page.getByRole('option', { name: /\/elevate/ }).waitFor();
    await composer.press('Tab');
    await composer.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Ask' });
    await dialog.getByRole('button', { name: 'Send' }).click();
    await expect.poll(() => dialog.getByRole('alert').count()).toBe(2);
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    await expect.poll(focused).toBe('What');

    await page.keyboard.press('ArrowDown');
    await page.getByRole('combobox', { name: 'Search What' }).fill('write');
    await expect.poll(() => page.getByRole('option').allTextContents()).toEqual(['orders-db:write']);
    await page.keyboard.press('Enter');
    await dialog.getByRole('textbox', { name: 'Why' }).fill('just because');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText('Say more').waitFor();
    await dialog.getByRole('textbox', { name: 'Why' }).fill('INC-1 is burning');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('asks for orders-db:write').waitFor();

    await page.getByRole('button', { name: /You are Ada Lovelace/ }).click();
    await page.getByRole('menuitemradio', { name: /Grace Hopper/ }).click();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('approved by U0GRACE').waitFor();
    await page.getByText('Only visible to you').waitFor();
    expect(workspace.as('U0GRACE').ephemerals('general')).toHaveLength(1);
  });

  it('closes a modal with Escape and gives the focus back', async () => {
    const page = await openAs('U0ADA');
    const composer = page.getByRole('textbox', { name: 'Message #general' });
    await composer.fill('/elevate ');
    await composer.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
    await workspace.waitFor(() => workspace.as('U0ADA').currentView() === undefined);
  });

  it('opens a thread beside the channel, and takes a reply in it', async () => {
    const root = await workspace.as('U0ADA').post('general', 'who has seen the log?');
    await workspace.as('U0GRACE').post('general', 'I have', root.ts);
    const page = await openAs('U0ADA');
    await page.getByRole('button', { name: /1 reply/ }).click();
    const thread = page.getByRole('complementary', { name: 'Thread' });
    await thread.getByText('I have').waitFor();
    await thread.getByRole('textbox', { name: 'Reply…' }).fill('thanks @grace');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await thread.getByText('2 replies').waitFor();
    expect(workspace.as('U0ADA').thread('general', root.ts).at(-1)?.text).toBe('thanks <@U0GRACE>');
    await thread.getByRole('button', { name: 'Close thread' }).click();
    await thread.waitFor({ state: 'detached' });
  });

  it('shows hostile text as text', async () => {
    const text = '<img src=x onerror=alert(1)> <script>alert(1)</script> <javascript:alert(1)|click>';
    await workspace.as('U0GRACE').post('general', text);
    const page = await openAs('U0ADA');
    await page.getByText(text).waitFor();
    expect(await page.locator('.message img, .message script').count()).toBe(0);
  });

  it('counts what is unread, and forgets it once it was seen', async () => {
    await workspace.as('U0GRACE').post('general', 'ping <@U0ADA>');
    const page = await openAs('U0ADA', {}, '#app/about');
    const link = page.getByRole('navigation').getByRole('button', { name: /general/ });
    await expect.poll(() => link.textContent()).toMatch(/unread/);
    await link.click();
    await page.getByText('ping @Ada Lovelace').waitFor();
    await page.getByRole('navigation').getByRole('button', { name: 'Countersign' }).click();
    await expect.poll(() => link.textContent()).toBe('general');
  });

  it('is a list and a conversation, one at a time, at the width of a phone', async () => {
    const page = await openAs('U0ADA', { viewport: { width: 390, height: 800 } });
    const list = page.getByRole('navigation', { name: 'Workspace' });
    expect(await list.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Back to conversations' }).click();
    await list.getByRole('button', { name: 'other' }).click();
    await page.getByRole('textbox', { name: 'Message #other' }).waitFor();
    expect(await list.isVisible()).toBe(false);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it('follows the dark of the system, until one chooses', async () => {
    const page = await openAs('U0ADA', { colorScheme: 'dark' });
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    await expect.poll(theme).toBe('dark');
    await page.getByRole('button', { name: 'Switch to light' }).click();
    await expect.poll(theme).toBe('light');
  });

  it('asked nobody outside and broke no rule of its own policy', () => expect(complaints).toEqual([]));
});

describe('the page server', () => {
  it('sends a strict policy, and takes actions from its own origin alone', async () => {
    await using workspace = await startPlain({ page: true });
    const page = await fetch(workspace.url);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    const act = (headers: Record<string, string>) => {
      const body = JSON.stringify({ as: 'U0ADA', do: 'post', channel: 'general', text: 'hello' });
      return fetch(`${workspace.url}client/do`, { method: 'POST', headers, body });
    };
    const json = { 'content-type': 'application/json' };
    expect((await act({ ...json, origin: 'https://evil.test' })).status).toBe(403);
    expect((await act({ 'content-type': 'text/plain' })).status).toBe(403);
    expect(workspace.history('general')).toEqual([]);
    expect((await act({ ...json, origin: workspace.url.slice(0, -1) })).status).toBe(200);
    expect(workspace.history('general')).toHaveLength(1);
  });

  it('does not show a person the channels that they are not in, when those are private', async () => {
    await using workspace = await startPlain({ page: true });
    await workspace.as('U0GRACE').post('secret', 'the plan');
    const read = async (userId: string) => {
      const reader = (await fetch(`${workspace.url}client/stream?as=${userId}`)).body?.getReader();
      const first = await reader?.read();
      await reader?.cancel();
      return new TextDecoder().decode(first?.value);
    };
    expect(await read('U0GRACE')).toContain('the plan');
    expect(await read('U0ADA')).not.toContain('the plan');
  });
});
