import { existsSync } from 'node:fs';
import { type Browser, type Page, chromium } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser of this machine; the variable CHROMIUM names another. */
export const executable: string | undefined = [process.env['CHROMIUM'] ?? '', ...PLACES].find(
  (path) => path !== '' && existsSync(path),
);

/** Why a test that needs a browser is skipped. */
export const missing = executable === undefined ? ` (skipped: no Chromium at ${PLACES.join(', ')}; set CHROMIUM)` : '';

export function launch(): Promise<Browser> {
  // Root, as in containers, has no sandbox; the pages are our own.
  return chromium.launch({ executablePath: executable!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

export interface View {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
  readonly javaScriptEnabled?: boolean;
  readonly permissions?: string[];
}

/** A page that was opened, and everything it did that a report must not do. */
export interface Visit {
  readonly page: Page;
  /** Console messages, errors, dialogs, and requests other than for the page itself. */
  readonly deeds: readonly string[];
}

export async function visit(browser: Browser, url: string, { width, scheme, ...context }: View): Promise<Visit> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme, ...context });
  const deeds: string[] = [];
  page.on('console', (message) => deeds.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => deeds.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    deeds.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== url.replace(/#.*/, '')) deeds.push(`request: ${request.url()}`);
  });
  await page.goto(url, { waitUntil: 'load' });
  // Until its script has made it one to work in.
  if (context.javaScriptEnabled !== false) await page.waitForSelector('html[data-ready]');
  return { page, deeds };
}
