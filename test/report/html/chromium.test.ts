import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyze } from '../../../src/analysis/analyze.js';
import { bytes, pcapngWriter } from '../../capture/build.js';
import { scratch } from '../../capture/read.js';
import { recording } from '../../overview/recordings.js';
import { FrameMaker } from '../../tape/frames.js';
import { parseTape } from '../../tape/line.js';
import { executable, launch, missing, visit } from './chromium.js';
import { page as pageOf } from './page.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const files = scratch();

const views = [
  { width: 1280, scheme: 'light' }, { width: 1280, scheme: 'dark' }, { width: 360, scheme: 'light' },
  { width: 360, scheme: 'dark' },
] as const;

/** What axe-core finds, by rule and the first element concerned. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    // eslint-disable-next-line typescript/no-explicit-any
    // What passes is not told node by node, which takes most of the time.
    const { violations } = await (globalThis as any).axe.run({ resultTypes: ['violations'] });
    return violations.map(
      ({ id, impact, nodes }: { id: string; impact: string; nodes: { html: string }[] }) =>
        `${impact} ${id}: ${nodes[0]?.html}`,
    );
  });
}

/** How far the page goes beyond its window, in pixels. */
function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
}

describe.skipIf(executable === undefined)(`in Chromium${missing}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  describe('the showcase', () => {
    let url: string;
    beforeAll(async () => {
      url = pathToFileURL(files.write('showcase.html', await pageOf(await recording('showcase')))).href;
    });

    test.each(views)('$width pixels wide, $scheme: silent, no wider than the window, open to all', async (view) => {
      const { page, deeds } = await visit(browser, url, view);
      expect(await page.title()).toContain('showcase.pcapng');
      expect(await overflow(page)).toBe(0);
      expect(await violations(page)).toEqual([]);
      expect(deeds).toEqual([]);
      await page.close();
    }, 60_000);

    test('wide tables scroll in their own box, by key too', async () => {
      const { page } = await visit(browser, url, { width: 360, scheme: 'light' });
      await page.getByRole('region', { name: 'Findings by cause and service' }).focus();
      for (let presses = 0; presses < 5; presses += 1) await page.keyboard.press('ArrowRight');
      await expect.poll(() => page.evaluate("document.querySelector('.scroll').scrollLeft")).toBeGreaterThan(0);
      await page.close();
    });

    test('colours follow the reader: light, dark, and light on paper', async () => {
      const { page } = await visit(browser, url, { width: 1280, scheme: 'dark' });
      const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(await ground()).toBe('rgb(20, 23, 26)');
      await page.emulateMedia({ colorScheme: 'light' });
      expect(await ground()).toBe('rgb(255, 255, 255)');
      await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
      expect(await ground()).toBe('rgb(255, 255, 255)');
      await page.close();
    });

    test('on A4 nothing is cut off', async () => {
      // 210 mm less two margins of 14 mm, at 96 pixels an inch.
      const { page } = await visit(browser, url, { width: 688, scheme: 'light' });
      await page.emulateMedia({ media: 'print' });
      expect(await overflow(page)).toBe(0);
      const cut = await page.evaluate(
        "[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth + " +
          '1).map((box) => box.ariaLabel)',
      );
      expect(cut).toEqual([]);
      await page.close();
    });
  });

  describe('a capture made to attack its reader', () => {
    const attack = `"><script>alert(1)</script><img src=x onerror=alert(2)>'&\u202E\u001B]0;x\u0007`;
    const shown = `"><script>alert(1)</script><img src=x onerror=alert(2)>'&\\u{202e}\\x1b]0;x\\x07`;
    const fileName = `<svg onload=alert(3)>"'&<style>@import 'https:${'x'.repeat(180)}.pcapng`;

    async function attacked(): Promise<string> {
      const { section, interface: description, enhanced, option } = pcapngWriter();
      const text = Buffer.from(attack);
      const frames = new FrameMaker({ ip6: false, initial: [1000, 2000], ports: [40_000, 80] });
      const lines = parseTape(`
        0.000 > S  0:0
        0.010 < R. 0:0 ack 1 win 0
      `);
      const path = files.write(
        fileName,
        bytes(
          section(), description({ options: bytes(option(2, text), option(1, text), option(0, bytes())) }),
          ...lines.map(({ time, segment }) =>
            enhanced({
              ticks: BigInt(Math.round(time * 1e6)) + 1_795_169_041_000_000n, data: frames.frame(segment!),
              options: bytes(option(1, text), option(0, bytes())),
            }),
          ),
          bytes(0xee, new Uint8Array(40)),
        ),
      );
      return pageOf(await analyze([path]));
    }

    test.each(views)('stays text at $width pixels, $scheme', async (view) => {
      const { page, deeds } = await visit(
        browser, pathToFileURL(files.write('attack.html', await attacked())).href, view,
      );
      const facts = await page.locator('dl.facts').innerText();
      expect(facts).toContain(fileName);
      expect(facts).toContain(shown);
      expect(facts).toMatch(/Damage\s.+ at byte \d+: /);
      expect(await page.title()).toContain(fileName);
      expect(await page.locator('img, dl svg, body style, script:not([type="text/plain"])').count()).toBe(1);
      await page.getByRole('searchbox').fill('10.0.0');
      await page.locator('th.opens a').first().click();
      await page.locator('tr.drawn svg').waitFor();
      expect(await overflow(page)).toBe(0);
      expect(await violations(page)).toEqual([]);
      expect(deeds).toEqual([]);
      await page.close();
    }, 60_000);
  });
});
