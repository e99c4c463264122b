// Compiles what the command runs at its start and over a capture, by the Node that runs this, and leaves the code
// beside the program's files, where src/cli/compiled.ts finds it. It is of use to every Node with the same V8.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { deflateSync } from 'node:zlib';

import { generate } from '../../bench/generate.mjs';
import { COMPILED, Program, thisMachine } from '../../dist/cli/compiled.js';
import { beAsUsual } from '../../dist/cli/patience.js';

const scratch = mkdtempSync(join(tmpdir(), 'lastack-compiled-'));
/** A pcap with a little of everything, over IPv6 too: recordings are pcapng, and most of one fault. */
const mixture = join(scratch, 'mixture.pcap');
generate(mixture, { packets: 12_000, flows: 800, bytes: 2e6, seed: 7 });
/** A step of a chain, most of whose connections are final after it. */
const STEP = ['collect', '--source', 'tap', '--state', scratch, '--to', scratch, '--time-wait', '1s', '--quiet'];

/** What is run, so that V8 compiles it: a function that none of them needs is compiled when it is called. */
const RUNS = [
  ['--help'],
  ['explain', 'leak'],
  ['report', 'captures/showcase.pcapng'],
  ['report', '-f', 'ndjson', 'captures/showcase.pcapng'],
  ['report', mixture],
  [...STEP, 'captures/showcase.pcapng'],
  [...STEP, 'captures/busy-healthy-server.pcapng'],
  [...STEP, '--final'],
];

// Else V8 drops what was not run for a while.
setFlagsFromString('--no-flush-bytecode');
const folder = 'dist/program';
const program = new Program(folder, () => undefined);
const { run } = program.load('cli.cjs');
for (const args of RUNS) {
  await run(args, host());
}
rmSync(scratch, { recursive: true });
setFlagsFromString('--flush-bytecode');
beAsUsual();

const files = {};
const parts = [];
let begin = 0;
for (const [file, script] of program.scripts) {
  const compiled = script.createCachedData();
  const code = deflateSync(compiled, { level: 9 });
  files[file] = [begin, code.length, compiled.length];
  parts.push(code);
  begin += code.length;
}
writeFileSync(join(folder, COMPILED), Buffer.concat([
  Buffer.from(`${JSON.stringify({ of: thisMachine(), files })}\n`), ...parts,
]));

/** A host whose output goes nowhere. */
function host() {
  return { stdin: {}, stdout: nowhere(), stderr: nowhere(), env: {}, exit() {} };
}

function nowhere() {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
