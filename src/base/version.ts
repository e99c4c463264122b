import { ownFile } from './own-files.js';

/** The version of this package. */
export function version(): string {
  const manifest: { version: string } = JSON.parse(ownFile('package.json'));
  return manifest.version;
}
