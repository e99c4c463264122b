import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

const folders = ['src', 'test', 'scripts', 'record', 'bench', 'fuzz', 'examples'];
const files = folders
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
  .filter((file) => /\.(tsx?|mjs)$/.test(file));

test('a docstring says what it is about: it is read alone, where an editor shows it', () => {
  expect(files.length).toBeGreaterThan(900);
  const leaning = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return [...text.matchAll(/\/\*\*\s+(?:\* )?((?:The same|And|Likewise)\b.*)/g)].map(
      ([, words]) => `${file}: ${words}`,
    );
  });
  expect(leaning).toEqual([]);
});
