// The licences of packages whose code went into ours: MIT and its like ask for nothing but that they go with it.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The text of dist/THIRD-PARTY.txt, of the ids of all modules. @throws Error for a package whose licence is not found,
 * or is another than these
 */
export function notices(ids) {
  const folders = new Set(
    ids.flatMap((id) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.replaceAll('\\', '/'))?.[0] ?? []),
  );
  // The bundler puts its own helpers in.
  if (ids.some((id) => id.includes('rolldown/runtime'))) folders.add('node_modules/rolldown');
  const packages = [...folders].map(packageIn).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const texts = new Map();
  for (const { name, version, licence, text } of packages) {
    const key = `${licence}\n\n${text}`;
    texts.set(key, [...(texts.get(key) ?? []), `${name} ${version}`]);
  }
  const parts = Array.from(texts, ([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  return `Code of these packages is part of lastack.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

const ALLOWED = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD']);

function packageIn(folder) {
  const { name, version, license: licence, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!ALLOWED.has(licence)) throw new Error(`${name} ${version} is under ${licence}`);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file !== undefined)
    return { name, version, licence, text: readFileSync(join(folder, file), 'utf8').trim().replaceAll('\r\n', '\n') };
  if (licence !== 'MIT') throw new Error(`${name} ${version} has no file with its licence`);
  return {
    name, version, licence,
    text: `Copyright (c) ${typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`)}\n\n${MIT}`,
  };
}

/** For packages that name it and do not bring it. */
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
