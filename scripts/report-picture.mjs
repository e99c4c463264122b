// A picture of the HTML report, from a real run: node scripts/report-picture.mjs [CAPTURE]
//
// Writes the report with the built program, opens it in Chromium and keeps its first screens as
// docs/pictures/report.png.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const FILE = 'docs/pictures/report.png';
const SIZE = { width: 1120, height: 1400 };

const [capture = 'captures/showcase.pcapng'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'lastack-picture-'));
const report = join(folder, 'report.html');
execFileSync(process.execPath, [
  'dist/cli/main.js', 'report', capture, '-f', 'html', '-o', report, '-q', '--fail-on', 'never',
]);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const page = await browser.newPage({ viewport: SIZE, colorScheme: 'light' });
  await page.goto(pathToFileURL(report).href);
  mkdirSync('docs/pictures', { recursive: true });
  await page.screenshot({ path: FILE });
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
process.stdout.write(`${FILE}: ${statSync(FILE).size} bytes\n`);
