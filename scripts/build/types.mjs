// Copies the types that the library's own lead to into dist/types, which is packed: all others are of modules that
// nobody can import.
import { cpSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const copied = new Set();
copy('dist/index.d.ts');

/** @throws Error where a type is of a package: it would have to be installed */
function copy(path) {
  if (copied.has(path)) return;
  copied.add(path);
  cpSync(path, join('dist/types', relative('dist', path)));
  for (const [, from] of readFileSync(path, 'utf8').matchAll(/(?:from |import\()['"]([^'"]+)['"]/g)) {
    if (from.startsWith('.')) copy(join(dirname(path), from.replace(/\.js$/, '.d.ts')));
    else if (!from.startsWith('node:')) throw new Error(`${path} needs ${from}`);
  }
}
