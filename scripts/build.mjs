/**
 * Makes dist/, of src/, twice, and all else of it by tsc (types):
 *
 * - the command: dist/cli/main.cjs with what it loads and starts in threads in dist/program, everything in it that it
 *   needs. CommonJS, for Node 20 loads a dozen such files in 10 ms CPU less than modules, and an executable of one file
 *   can hold nothing else. Beside them lies what this Node compiles them to (build/compiled.mjs). The library,
 *   dist/library, is of the same files: a second time they took a megabyte;
 * - every module as one of its own, with its source map: for scripts and tests of this checkout. It is not packed, but
 *   for its types.
 *
 * The constants that modules import are written into them: V8 reads an imported constant from memory each time, and
 * looks whether it is there yet, which took a quarter of the time that following a packet takes (270 ns, so 205; Node
 * 20.20).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import { gzipSync } from 'node:zlib';

import { rolldown } from 'rolldown';

import { asProgram, common, unpacker, worker } from './build/inputs.mjs';
import { notices } from './build/notices.mjs';
import { together } from './build/together.mjs';

const modules = readdirSync('src', { recursive: true }).filter((file) => /\.tsx?$/.test(file));
const MODULES = Object.fromEntries(
  modules.filter((file) => file !== 'cli/main.ts').map((file) => [file.replace(/\.tsx?$/, ''), `src/${file}`]),
);
const PROGRAM = {
  'cli/main': 'src/cli/main.ts', 'program/cli': 'src/cli/cli.ts', 'program/library': 'src/index.ts',
  'program/worker': worker, 'program/unpacker': unpacker,
};
/** lastack-fleet: its command, what it starts as processes, and what these start in threads. */
const FLEET = {
  main: 'packages/fleet/src/main.ts', processor: 'packages/fleet/src/processor.ts', 'chunks/unpacker': unpacker,
};

rmSync('packages/fleet/dist', { recursive: true, force: true });
rmSync('dist', { recursive: true, force: true });
const modulesMade = await build(
  MODULES, { ...common(), external: /^[^./]/ },
  { format: 'esm', preserveModules: true, preserveModulesRoot: 'src', sourcemap: true },
);
const programMade = await build(PROGRAM, asProgram(), {
  format: 'cjs', minify: true, entryFileNames: '[name].cjs', chunkFileNames: 'program/[name]-[hash].cjs',
  codeSplitting: together(importsOf(modulesMade)),
});
const bundled = Object.fromEntries(
  programMade.map(({ fileName, moduleIds }) => [fileName, moduleIds.map((id) => relative('.', id))]),
);
for (const file of readdirSync('dist/program')) inAscii(`dist/program/${file}`);
// As a module, with the names that the script has.
const names = Object.keys(createRequire(import.meta.url)('../dist/program/library.cjs'));
mkdirSync('dist/library', { recursive: true });
writeFileSync('dist/library/index.js', `export {\n  ${names.join(',\n  ')},\n} from '../program/library.cjs';\n`);
writeFileSync('dist/THIRD-PARTY.txt', notices(Object.values(bundled).flat()));
// For tests, which ask what a command loads.
writeFileSync('dist/modules.json', `${JSON.stringify(bundled, null, 2)}\n`);
// A capture to try it on, for who has installed the package alone: a sixth of its size.
writeFileSync('dist/showcase.pcapng.gz', gzipSync(readFileSync('captures/showcase.pcapng'), { level: 9 }));
// For who starts it as a module.
mkdirSync('dist/cli', { recursive: true });
writeFileSync('dist/cli/main.js', "#!/usr/bin/env node\nimport './main.cjs';\n");
execFileSync(process.execPath, ['scripts/build/compiled.mjs']);
await build(
  FLEET, { ...common(), external: /^[^./]/ },
  { format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js', dir: 'packages/fleet/dist' },
);

/**
 * Writes other letters of a script as escapes, which mean the same in its strings, templates and patterns: V8 keeps a
 * script that has one such letter in two bytes each, and reads that more slowly.
 */
function inAscii(path) {
  writeFileSync(path, readFileSync(path, 'utf8').replace(/[^\0-\x7f]/g, escaped));
}

function escaped(letter) {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** What each module imports statically, of those that became files of their own. */
function importsOf(chunks) {
  const files = new Set(chunks.map(({ fileName }) => fileName));
  return new Map(
    chunks.map(({ fileName, imports }) => [nameOf(fileName), imports.filter((file) => files.has(file)).map(nameOf)]),
  );
}

function nameOf(file) {
  return file.replace(/\.js$/, '');
}

/** The files of code that were made, as the bundler tells of them. */
async function build(input, options, output) {
  const bundle = await rolldown({ input, ...options });
  const { output: files } = await bundle.write({ dir: 'dist', ...output });
  await bundle.close();
  return files.filter(({ type }) => type === 'chunk');
}
