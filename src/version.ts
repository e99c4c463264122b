import { readFileSync } from 'node:fs';

/** The version of this package. Its manifest lies above `dist/` as it lies above `src/`. */
export function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return manifest.version;
}
