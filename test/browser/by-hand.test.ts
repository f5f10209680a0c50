import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/logger.ts';
import { login, refusal } from '../../src/practice/login.ts';
import { openWorld, type World } from '../../src/practice/world.ts';
import { noBrowser, openBrowser } from './chromium.ts';

/** `SCREENSHOTS=folder` keeps pictures of each station, among them the README's. */
const shots = process.env['SCREENSHOTS'];

describe.skipIf(noBrowser)(`by hand on the page${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  let folder: string;
  let world: World;
  let browser: Browser;
  let page: Page;
  const outside: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-browser-'));
    const logger = () => createLogger({ level: 'silent', format: 'json' });
    world = await openWorld({ folder, settings: {}, page: true, port: 0, logger });
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(15_000);
    page.on('request', (request) => {
      if (!request.url().startsWith(world.workspace.url)) outside.push(request.url());
    });
    await page.goto(world.workspace.url);
  });

  afterAll(async () => {
    await browser?.close();
    await world?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const dialog = (): Locator => page.getByRole('dialog');
  const shot = async (name: string): Promise<void> => {
    if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
  };

  async function be(name: string): Promise<void> {
    await page.getByRole('button', { name: /Switch person/ }).click();
    await page.getByRole('menuitemradio', { name: new RegExp(name) }).click();
  }

  const go = (place: string): Promise<void> =>
    page
      .getByRole('navigation')
      .getByRole('button', { name: new RegExp(place) })
      .click();

  it('asks: a reason too short is refused under its field, a good one is sent', async () => {
    const box = page.getByRole('textbox', { name: /Message #general/ });
    await box.fill('/elevate');
    await box.press('Escape');
    await box.press('Enter');
    await dialog()
      .getByRole('button', { name: /What do you need/ })
      .click();
    await page.getByRole('option', { name: /^Practice/ }).click();
    await dialog().getByText('What will happen').waitFor();
    await dialog()
      .getByRole('button', { name: /For how long/ })
      .click();
    await page.getByRole('option', { name: '5 min' }).click();
    await dialog().getByRole('textbox', { name: 'Why?' }).fill('x');
    await dialog().getByRole('button', { name: 'Ask' }).click();
    await dialog().getByText('A little more, please').waitFor();
    await shot('form-error');
    await dialog()
      .getByRole('textbox', { name: 'Why?' })
      .fill('INC-4711: an order is missing from the export');
    await dialog().getByRole('button', { name: 'Ask' }).click();
    await dialog().getByText(/req_/).first().waitFor();
    await shot('asked');
    await dialog().getByRole('button', { name: 'Close' }).first().click();
  });

  it('consents: two people approve, and the card says so', async () => {
    await be('Cleo Laurent');
    await go('db-approvals');
    await page.getByText('INC-4711').first().waitFor();
    await shot('card');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('1 of 2').first().waitFor();
    await be('Dev Sharma');
    await go('db-approvals');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page
      .getByText(/Granted|Active|Access until/i)
      .first()
      .waitFor();
    await page
      .getByRole('button', { name: /repl(y|ies)/ })
      .first()
      .click();
    await page.getByText(/Granted until/).waitFor();
    await shot('thread');
  });

  it('uses and ends it: the secret is shown once, works, and works no more after “I’m done”', async () => {
    await be('Ana Novak');
    await go('Countersign');
    await page.getByRole('tab', { name: 'Messages' }).click();
    await page
      .getByRole('button', { name: /Reveal/ })
      .last()
      .click();
    const secret = dialog().getByText(/^postgres:\/\//);
    await secret.waitFor();
    const url = await secret.innerText();
    await dialog().getByRole('button', { name: /Close/ }).first().click();
    const session = await login(url);
    expect(await session.rows('select count(*)::int as n from orders')).toEqual([{ n: 4 }]);
    await shot('messages');
    await page
      .getByRole('button', { name: /I.m done/ })
      .last()
      .click();
    await dialog().getByRole('button', { name: 'End it now' }).click();
    await page.getByText(/Access ended/).waitFor();
    await session.ended;
    expect(await refusal(url)).toMatch(/^28P01/);
    await shot('ended');
  });

  it('asked nothing of the outside', () => {
    expect(outside).toEqual([]);
  });
});
