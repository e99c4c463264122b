// One executable: Node's "single executable application" of the Node that runs this, with the command as one script,
// its threads, and the pages of explain as assets (src/base/own-files.ts, src/base/thread.ts read them).
import { spawnSync } from 'node:child_process';
import {
  chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { rolldown } from 'rolldown';

import { asProgram, unpacker, worker } from '../build/inputs.mjs';

/** What Node looks for in itself; the same in all its versions (nodejs.org/api/single-executable-applications.html). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
/** Where Node's own licence is, beside its executable or in Debian's place. */
const NODE_LICENCES = [
  join(dirname(process.execPath), '..', 'LICENSE'), join(dirname(process.execPath), 'LICENSE'),
  '/usr/share/doc/nodejs/LICENSE',
];

/** Writes it to `path`, and gives that back. */
export async function executable(path) {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-executable-'));
  try {
    for (const [name, input] of Object.entries({
      'main.cjs': 'src/cli/main.ts', 'worker.cjs': worker, 'unpacker.cjs': unpacker,
    })) {
      await script(input, join(folder, name));
    }
    writeFileSync(
      join(folder, 'THIRD-PARTY.txt'),
      `${readFileSync('dist/THIRD-PARTY.txt', 'utf8')}\n${'-'.repeat(80)}\n\nNode ` +
        `${process.version}\n\n${nodeLicence()}`,
    );
    const assets = {
      'worker.cjs': join(folder, 'worker.cjs'), 'unpacker.cjs': join(folder, 'unpacker.cjs'),
      'dist/THIRD-PARTY.txt': join(folder, 'THIRD-PARTY.txt'),
      ...Object.fromEntries(files().map((file) => [file, file])), 'assets.json': join(folder, 'assets.json'),
    };
    writeFileSync(assets['assets.json'], JSON.stringify(Object.keys(assets)));
    const blob = join(folder, 'blob');
    writeFileSync(join(folder, 'sea.json'), JSON.stringify({
      main: join(folder, 'main.cjs'), output: blob, disableExperimentalSEAWarning: true, useCodeCache: true, assets,
    }));
    run(process.execPath, ['--experimental-sea-config', join(folder, 'sea.json')]);
    rmSync(path, { force: true });
    copyFileSync(process.execPath, path);
    chmodSync(path, 0o755);
    if (process.platform === 'darwin') run('codesign', ['--remove-signature', path]);
    // As a program of its own: it warns of each section of Node's, and means nothing by it.
    const segment = process.platform === 'darwin' ? ['--macho-segment-name', 'NODE_SEA'] : [];
    run(process.execPath, [
      'node_modules/postject/dist/cli.js', path, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE, ...segment,
    ]);
    if (process.platform === 'darwin') run('codesign', ['--sign', '-', path]);
    return path;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A program in one file: an executable can load no other. */
async function script(input, file) {
  const bundle = await rolldown({ input, ...asProgram() });
  await bundle.write({ file, format: 'cjs', minify: true, codeSplitting: false });
  await bundle.close();
}

/** What src/base/own-files.ts is asked for. */
function files() {
  const pages = ['docs/findings', 'docs/diagnoses'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  );
  return ['package.json', 'LICENSE', 'docs/words.md', 'wireshark/lastack.lua', ...pages];
}

function nodeLicence() {
  const file = NODE_LICENCES.find((path) => existsSync(path));
  return file === undefined
    ? `https://github.com/nodejs/node/blob/${process.version}/LICENSE\n`
    : readFileSync(file, 'utf8');
}

function run(command, args) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
}
