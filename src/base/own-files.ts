import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { getAsset, isSea } from 'node:sea';
import { pathToFileURL } from 'node:url';

/** The asset of an executable that lists the others (scripts/package/executable.mjs). */
const LIST = 'assets.json';

/** The text of a file that comes with this package: from its folder, or out of the executable where all is one. */
export function ownFile(path: string): string {
  return isSea() ? getAsset(path, 'utf8') : readFileSync(new URL(path, home()), 'utf8');
}

/** Names of the files in a folder of this package, in no order. */
export function ownFiles(folder: `${string}/`): string[] {
  if (!isSea()) return readdirSync(new URL(folder, home()));
  const all = JSON.parse(getAsset(LIST, 'utf8')) as string[];
  return all.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
}

/**
 * The folder of this package: two above its code, as a rule. Where that is another package, which has this code in its
 * own, by its name: that takes Node 3 ms.
 */
function home(): URL {
  const above = new URL('../../', import.meta.url);
  return nameIn(above) === 'lastack'
    ? above
    : new URL('.', pathToFileURL(createRequire(import.meta.url).resolve('lastack/package.json')));
}

function nameIn(folder: URL): string | null {
  try {
    const { name }: { name: string } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
    return name;
  } catch {
    return null;
  }
}
