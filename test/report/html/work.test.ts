import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { filtered, parseFilter } from '../../../src/filter/filter.js';
import { scratch } from '../../capture/read.js';
import { recording } from '../../overview/recordings.js';
import { analysis, at, connection, finding } from '../analysis-fixture.js';
import { executable, launch, missing, visit } from './chromium.js';
import { page as pageOf } from './page.js';

const files = scratch();
const save = (name: string, text: string): string => pathToFileURL(files.write(name, text)).href;

/** The section of a group of findings. */
const section = (page: Page, anchor: string) => page.locator(`article[aria-labelledby="${anchor}"]`);
const LEAK = 'half-closed-leak-198.51.100.20:8000';

/** What the bar says of what is chosen. */
const said = (page: Page) => page.locator('.said');
/** Draws a window from one part of an element's width to another. */
async function drag(page: Page, selector: string, from: number, to: number): Promise<void> {
  await page.locator(selector).scrollIntoViewIfNeeded();
  const box = (await page.locator(selector).boundingBox())!;
  await page.mouse.move(box.x + box.width * from, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, box.y + 8, { steps: 3 });
  await page.mouse.up();
}

describe.skipIf(executable === undefined)(`a page to work in${missing}`, () => {
  let browser: Browser;
  let url: string;
  let page: Page;
  let deeds: readonly string[];
  const open = async (address = url, view: Partial<Parameters<typeof visit>[2]> = {}): Promise<void> => {
    ({ page, deeds } = await visit(browser, address, { width: 1280, scheme: 'light', ...view }));
  };
  beforeAll(async () => {
    browser = await launch();
    url = save('showcase.html', await pageOf(await recording('showcase')));
  });
  afterAll(() => browser.close());

  test('without its script it is all there to be read, and nothing that does nothing', async () => {
    await open(url, { javaScriptEnabled: false });
    expect(await page.locator('button, input').count()).toBe(0);
    expect(await section(page, LEAK).locator('tbody tr').count()).toBe(3);
    await page.close();
  });

  test('words leave the findings that have all of them, everywhere on the page', async () => {
    await open();
    await expect.poll(() => said(page).textContent()).toMatch(/^94 findings in 14 groups, /);
    await page.keyboard.press('/');
    await page.keyboard.type('half-closed (LEAK) 8000');
    await expect.poll(() => said(page).textContent()).toMatch(/^30 of 94 findings in 1 group, /);
    expect(await page.locator('section[aria-labelledby="findings"] > article:visible').count()).toBe(1);
    expect(await section(page, LEAK).isVisible()).toBe(true);
    // Folded among what the diagnoses explain, it is shown all the same; of the others nothing is left.
    const found = page.locator('section[aria-labelledby="found"]');
    expect(await found.locator('tbody tr:visible').allTextContents()).toEqual([
      expect.stringContaining('198.51.100.20:8000server30errorhalf-closedleak'),
    ]);
    expect(await found.locator('.scroll:visible').count()).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => said(page).textContent()).toMatch(/^94 findings/);
    expect(await found.locator('details').getAttribute('open')).toBe(null);
    expect(await page.locator('section[aria-labelledby="findings"] > article:visible').count()).toBe(14);
    expect(deeds).toEqual([]);
    await page.close();
  });

  test('a window of time, drawn above or in a plot, is marked in all plots and leaves what began in it', async () => {
    await open();
    const all = await page.locator('#ages-title + desc').textContent();
    for (const [where, from, to] of [
      ['.time', 0, 0.25],
      ['#populations', 0, 0.21],
    ] as const) {
      await drag(page, where === '#populations' ? 'svg[aria-labelledby^="populations"]' : where, from, to);
      await expect
        .poll(() => said(page).textContent())
        .toMatch(/^\d\d of 94 findings in \d+ groups, begun from 10:47:38 to 10:48:0\d$/);
      const bars = await page.locator('svg[aria-labelledby^="ages"] .total').allTextContents();
      expect(bars).toEqual(expect.arrayContaining([expect.stringMatching(/^\d+ of 38$/)]));
      expect(await page.locator('svg[aria-labelledby^="populations"] .shade').last().getAttribute('width')).not.toBe(
        '0',
      );
      await page.getByRole('button', { name: 'Show all', exact: true }).click();
      await expect.poll(() => page.locator('svg[aria-labelledby^="ages"] .total').allTextContents()).toContain('38');
    }
    expect(all).toContain('38 still open at the end');
    await page.close();
  });

  test('and by keys', async () => {
    await open();
    await page.getByRole('slider', { name: 'To' }).focus();
    for (let presses = 0; presses < 60; presses += 1) await page.keyboard.press('ArrowLeft');
    await expect
      .poll(() => said(page).textContent())
      .toMatch(/^\d+ of 94 findings in \d+ groups, begun from 10:47:38 to 10:48:23$/);
    expect(await page.getByRole('slider', { name: 'To' }).getAttribute('aria-valuetext')).toBe('10:48:23');
    await page.close();
  });

  test('every connection of a finding, in any order, with its ladder', async () => {
    await open();
    const leaks = section(page, LEAK);
    await leaks.getByRole('button', { name: 'Show all 30' }).click();
    expect(await leaks.locator('th.opens').count()).toBe(30);
    await leaks.getByRole('button', { name: 'lasting' }).click();
    const lasting = await leaks.locator('tbody tr td:nth-child(5)').allTextContents();
    expect(lasting.map((text) => Number.parseFloat(text))).toEqual(
      lasting.map((text) => Number.parseFloat(text)).toSorted((a, b) => a - b),
    );
    expect(lasting).toHaveLength(30);
    await leaks.locator('th.opens a').nth(20).click();
    const drawn = leaks.locator('tr.drawn svg');
    await drawn.waitFor();
    expect(await drawn.textContent()).toContain('the capture ends');
    expect(await leaks.locator('th.opens a').nth(20).getAttribute('aria-expanded')).toBe('true');
    await leaks.locator('th.opens a').nth(20).click();
    expect(await drawn.count()).toBe(0);
    await page.close();
  });

  test('a link to a connection opens its ladder, in this report and in another one of the same packets', async () => {
    await open();
    const leaks = section(page, LEAK);
    await leaks.getByRole('button', { name: 'Show all 30' }).click();
    const href = await leaks.locator('th.opens a').nth(17).getAttribute('href');
    expect(href).toMatch(/^#half-closed-leak-198\.51\.100\.20:8000@192\.0\.2\.\d+:\d+-\d{10}\.\d{6}$/);
    await page.close();
    const fewer = save('fewer.html', await pageOf(filtered(await recording('showcase'), parseFilter('port 8000'))));
    for (const report of [url, fewer]) {
      await open(`${report}${href}`);
      await section(page, LEAK).locator('tr.drawn svg').waitFor();
      expect(await page.locator(`a[href="${href}"][aria-expanded="true"]`).first().isVisible()).toBe(true);
      expect(deeds).toEqual([]);
      await page.close();
    }
  });

  test('the tables that it came with are sorted, too: up, down, and as they came', async () => {
    await open();
    const first = () => page.locator('section[aria-labelledby="services"] tbody tr td').first().textContent();
    const before = await first();
    const head = page.locator('section[aria-labelledby="services"] th', { hasText: 'flows' });
    const orders: string[] = [];
    for (let clicks = 0; clicks < 3; clicks += 1) {
      await head.getByRole('button').click();
      orders.push((await head.getAttribute('aria-sort'))!);
    }
    expect([orders, await first()]).toEqual([['ascending', 'descending', 'none'], before]);
    await head.getByRole('button').click();
    const flows = await page.locator('section[aria-labelledby="services"] tbody td:nth-child(2)').allTextContents();
    expect(flows.map(Number)).toEqual(flows.map(Number).toSorted((a, b) => a - b));
    await page.close();
  });

  test('a copy as Markdown is what is seen, and no text in it acts', async () => {
    const evil = finding({
      message: 'The server says | <b>x</b> `y` [z](http://example.net)',
      advice: ['Close it with `close()`:\n  close(fd);'],
    });
    const of = analysis({
      connections: [connection(), connection({ id: 1 })],
      findings: [evil, finding({ flow: 1, stream: 1 })],
    });
    await open(save('evil.html', await pageOf(of)), { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.locator('article .copy').click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const text = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(text).toMatch(/^### error half-closed \(leak\) at 10\.77\.2\.2:10007\n\n2 connections, /);
    expect(text).toContain('- Close it with `close()`:\n\n      close(fd);\n');
    expect(text).toContain(
      String.raw`| The server says \| \<b\>x\</b\> \`y\` \[z\](http://example.net) (likely, else slow) |`,
    );
    await page.getByRole('searchbox').fill('nothing of the kind');
    await expect.poll(() => said(page).textContent()).toMatch(/^0 of 2 findings/);
    await page.locator('.work .copy').click();
    await expect
      .poll(() => page.evaluate<string>('navigator.clipboard.readText()'))
      .toContain('Only findings with “nothing of the kind”.');
    await page.close();
  });

  test('a connection whose packets are not at hand is told with the command that draws it', async () => {
    await open(
      save(
        'gone.html',
        await pageOf(
          analysis({
            connections: [connection()],
            findings: [finding()],
            capture: {
              files: [
                {
                  path: "it's gone.pcap",
                  format: 'pcap',
                  compression: null,
                  size: null,
                  spool: null,
                  frames: { first: 1, last: 9, count: 9 },
                },
              ],
            },
          }),
        ),
      ),
    );
    await page.locator('article th.opens a').click();
    expect(await page.locator('article tr.drawn').textContent()).toContain(
      String.raw`lastack flow 'it'\''s gone.pcap' 0`,
    );
    await page.close();
  });

  test('of thousands of findings those in sight are drawn alone, and a link leads to the last one all the same', async () => {
    const count = 3000;
    const numbers = Array.from({ length: count }, (_, number) => number);
    const connections = numbers.map((number) =>
      connection({ id: number, client: { address: '10.0.0.1', port: 10_000 + number }, start: at(number / 100) }),
    );
    const many = save(
      'many.html',
      await pageOf(
        analysis({
          connections,
          findings: numbers.map((number) => finding({ flow: number, stream: number, start: at(number / 100) })),
        }),
      ),
    );
    await open(many);
    await section(page, 'half-closed-leak-10.77.2.2:10007').getByRole('button', { name: 'Show all 3,000' }).click();
    for (let screens = 0; screens < 12; screens += 1) await page.mouse.wheel(0, 4000);
    await expect.poll(() => page.locator('tr.space').count()).toBeGreaterThan(0);
    expect(await page.locator('article th.opens').count()).toBeLessThan(400);
    await page.close();
    await open(`${many}#half-closed-leak-10.77.2.2:10007@10.0.0.1:12999-1795170270.990000`);
    await page.locator('article a[aria-expanded="true"]', { hasText: /^2999$/ }).waitFor();
    expect(await page.locator('article th.opens').count()).toBeLessThan(400);
    await page.close();
  });

  test('nothing found: no bar to search with', async () => {
    await open(save('healthy.html', await pageOf(analysis({ connections: [connection()] }))));
    expect(await page.locator('.work').count()).toBe(0);
    expect(deeds).toEqual([]);
    await page.close();
  });
});
