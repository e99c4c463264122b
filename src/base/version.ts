import { readFileSync } from 'node:fs';

import { home } from './home.js';

/** The version of this package. */
export function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('package.json', home()), 'utf8'));
  return manifest.version;
}
