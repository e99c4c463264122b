// Packs the package, installs it into an empty project, and uses it there as its user would: the command, an example,
// the types.
//
//     node scripts/pack-test.mjs
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'lastack-pack-'));
const installed = join(project, 'node_modules', 'lastack');
const showcase = join(installed, 'dist', 'showcase.pcapng.gz');

/** What an installed package may take on disk, in whole blocks of it. */
const MOST_BYTES = 5e6;

/** What a user of the library writes; that the types say so is what is tested. */
const consumer = `import { type Analysis, type Connection, CaptureError, analyze, follow, openCapture, readLadder, render } from 'lastack';

const analysis: Analysis = await analyze(['x.pcap'], { signal: AbortSignal.timeout(1000), profile: 'linux' });
const longest: number = Math.max(...analysis.groups.map(({ durations }) => durations.longest));
for (const connection of analysis.connections()) {
  const { ending, states }: Connection = connection;
  if (ending === 'half-closed') console.log(states.server.at(-1)?.state === 'CLOSE-WAIT', longest);
}
for await (const snapshot of follow(['-'])) console.log(snapshot.connectionCount);
for await (const batch of (await openCapture(['x.pcap'])).batches()) console.log(batch.time[0]);
for await (const piece of render(analysis, 'markdown', { failOn: 'warning' })) process.stdout.write(piece);
try {
  await readLadder(analysis, 0);
} catch (error) {
  if (error instanceof CaptureError) console.log(error.message);
}
// @ts-expect-error -- there is no such format
render(analysis, 'pdf');
// @ts-expect-error -- findings cannot be changed
analysis.findings = [];
`;

const tsconfig = {
  compilerOptions: { target: 'es2023', module: 'nodenext', strict: true, noEmit: true, types: ['node'] },
  files: ['consumer.mts'],
};

try {
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], checkout),
  );
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  // Without a network, and without what was downloaded before: there is nothing that it needs.
  run('npm', ['install', '--no-audit', '--no-fund', '--offline', '--cache', join(project, 'cache'), `./${filename}`]);
  step('alone, small, and with the licences of what is in it', () => {
    const others = readdirSync(join(project, 'node_modules')).filter(
      (name) => !name.startsWith('.') && name !== 'lastack',
    );
    if (others.length > 0) throw new Error(`it brings ${others.join(', ')}`);
    const bytes = readdirSync(installed, { recursive: true }).reduce(
      (sum, file) => sum + statSync(join(installed, file)).blocks * 512, 0,
    );
    if (bytes > MOST_BYTES) throw new Error(`it takes ${bytes} bytes`);
    console.log(`${(bytes / 1e6).toFixed(1)} MB on disk`);
    const licences = readFileSync(join(installed, 'dist', 'THIRD-PARTY.txt'), 'utf8');
    for (const name of [
      'commander', 'ink', 'react', 'react-reconciler', 'yoga-layout', 'es-toolkit', 'pcap-parser', 'hyparquet-writer',
      'string-width',
    ])
      expectIn(licences, `\n${name} `);
    if (!existsSync(join(installed, 'LICENSE'))) throw new Error('its own licence is missing');
  });
  step('the command', () => {
    expectIn(run('npx', ['--no-install', 'lastack', showcase, '--fail-on', 'never']), 'connections  527');
    expectIn(run('npx', ['--no-install', 'lastack', 'explain', 'half-closed']), '# ');
    expectIn(run('npx', ['--no-install', 'lastack', 'wireshark']), join('node_modules', '.bin', 'lastack'));
    // Threads, and the thread that decompresses, are files of their own.
    expectIn(
      run('npx', ['--no-install', 'lastack', 'report', showcase, '--fail-on', 'never', '--jobs', '2']),
      'connections  527',
    );
  });
  step('an example', () => {
    cpSync(join(installed, 'examples', 'leaking-services.mjs'), join(project, 'example.mjs'));
    expectIn(run(process.execPath, ['example.mjs', showcase]), '198.51.100.20 port 8000: 30 not closed');
  });
  step('the types', () => {
    cpSync(join(checkout, 'node_modules', '@types', 'node'), join(project, 'node_modules', '@types', 'node'), {
      recursive: true,
    });
    cpSync(join(checkout, 'node_modules', 'undici-types'), join(project, 'node_modules', 'undici-types'), {
      recursive: true,
    });
    writeFileSync(join(project, 'consumer.mts'), consumer);
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(tsconfig));
    run(join(checkout, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.json']);
  });
  step('the schemas', () => {
    run(process.execPath, [
      '-e', "for (const name of ['schema.json', 'config.schema.json']) require(`lastack/${name}`)",
    ]);
  });
} finally {
  rmSync(project, { recursive: true, force: true });
}

function step(name, work) {
  work();
  console.log(`${name}: ok`);
}

function run(command, args, cwd = project) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1e8 });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `status ${status}`}\n${stdout}${stderr}`);
  return stdout;
}

function expectIn(text, part) {
  if (!text.includes(part)) throw new Error(`there is no ${JSON.stringify(part)} in\n${text.slice(0, 2000)}`);
}
