import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** The folder of this package. By its own name, for its code is built twice, at different depths (scripts/build.mjs). */
export function home(): URL {
  return new URL('.', pathToFileURL(createRequire(import.meta.url).resolve('lastack/package.json')));
}
