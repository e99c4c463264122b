/**
 * How the HTML report behaves in a browser: time until it is there and until it can be worked in, pictures a second
 * while it is scrolled, and the answer to a word. Writes the figures of docs/report-page.md to stdout.
 *
 *     npm run build && node bench/report-page.mjs [--flows 20k] [--width 1280]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

import { generate } from './generate.mjs';
import { parseQuantity } from './quantities.mjs';

const { values } = parseArgs({
  options: { flows: { type: 'string', default: '20k' }, width: { type: 'string', default: '1280' } },
});
const flows = parseQuantity(values.flows);
const folder = mkdtempSync(join(tmpdir(), 'lastack-page-'));
const [capture, report] = ['page.pcap', 'page.html'].map((name) => join(folder, name));
generate(capture, { packets: flows * 12, flows, bytes: flows * 2400 });
execFileSync(process.execPath, [
  'dist/cli/main.js',
  'report',
  capture,
  '-f',
  'html',
  '-o',
  report,
  '-q',
  '--fail-on',
  'never',
]);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});

/** Processor time of the page's main thread by now, in milliseconds: what a busy machine does not change. */
async function worked(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
}

/** Scrolls for some seconds, 60 pixels a picture. */
async function scroll(page, session, milliseconds) {
  const before = await worked(session);
  const pictures = await page.evaluate(async (milliseconds) => {
    const gaps = [];
    let last = performance.now();
    const end = last + milliseconds;
    await new Promise((resolve) => {
      const draw = () => {
        const now = performance.now();
        gaps.push(now - last);
        last = now;
        scrollBy(0, 60);
        if (now < end) requestAnimationFrame(draw);
        else resolve();
      };
      requestAnimationFrame(draw);
    });
    gaps.sort((a, b) => a - b);
    return {
      number: gaps.length,
      perSecond: (gaps.length * 1000) / milliseconds,
      median: gaps[gaps.length >> 1],
      late: gaps.filter((gap) => gap > 25).length / gaps.length,
    };
  }, milliseconds);
  return { ...pictures, work: ((await worked(session)) - before) / pictures.number };
}

const told = ({ perSecond, median, late, work }) =>
  `${perSecond.toFixed(1)} a second, the median after ${median.toFixed(1)} ms, ${(late * 100).toFixed(1)} % ` +
    `later than 25 ms; ${work.toFixed(1)} ms of the processor each`;
try {
  const page = await browser.newPage({ viewport: { width: Number(values.width), height: 900 } });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const began = performance.now();
  await page.goto(pathToFileURL(report).href);
  const loaded = performance.now() - began;
  await page.waitForSelector('html[data-ready]');
  const ready = performance.now() - began;
  const work = await worked(session);
  const findings = await page.locator('.said').textContent();
  const top = await scroll(page, session, 4000);
  await page.evaluate(
    "document.querySelector('#every').scrollIntoView(); document.querySelector('#every + .listing " +
      "button.more').click()",
  );
  const list = await scroll(page, session, 6000);
  const answer = await page.evaluate(async () => {
    const field = document.querySelector('.work input');
    const began = performance.now();
    field.value = 'leak';
    field.dispatchEvent(new Event('input'));
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - began;
  });
  process.stdout
    .write(`${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.versions.node}, Chromium ${browser.version()}, load average ${loadavg()[0].toFixed(1)}
${findings}; ${(statSync(report).size / 1e6).toFixed(1)} MB
loaded after ${loaded.toFixed(0)} ms, to be worked in after ${ready.toFixed(0)} ms, ${work.toFixed(0)} ms of the processor
scrolled from the top: ${told(top)}
scrolled through every finding: ${told(list)}
a word is answered after ${answer.toFixed(0)} ms
`);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
