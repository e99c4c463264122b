// Makes what can be installed, and uses each as its user would: the executable where there is no Node, the Debian
// package in a root of its own.
//
//     node scripts/package-test.mjs            after npm run build
import { spawnSync } from 'node:child_process';
import {
  existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const checkout = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'lastack-package-'));
const showcase = resolve('captures/showcase.pcapng');
/** Some megabytes, so that a thread decompresses it: the recording six times. */
const compressed = join(folder, 'many.pcapng.gz');
/** No program is found there, nor anything else of the user's. */
const NOTHING = { PATH: '/nonexistent', HOME: folder };

try {
  const out = join(folder, 'out');
  process.stdout.write(run(process.execPath, ['scripts/package.mjs', '--out', out], { cwd: checkout }));
  const files = readdirSync(out);
  const version = JSON.parse(readFileSync('package.json', 'utf8')).version;
  writeFileSync(
    compressed, gzipSync(Buffer.concat(Array.from({ length: 6 }, () => readFileSync(showcase))), { level: 0 }),
  );

  step('the executable, without Node', () => {
    const [name] = files.filter((file) => /^lastack-[\d.]+-\w+-\w+/.test(file));
    const lastack = (...args) => run(join(out, name), args, { env: NOTHING, cwd: folder });
    expectIn(lastack('--version'), version);
    expectIn(lastack(showcase, '--fail-on', 'never'), 'connections  527');
    expectIn(lastack('report', showcase, '--fail-on', 'never', '--jobs', '2'), 'connections  527');
    expectIn(lastack('report', compressed, '--fail-on', 'never'), 'packets      43,740');
    expectIn(lastack('explain'), 'half-closed');
    expectIn(lastack('explain', 'leak'), '# ');
    expectIn(lastack('explain', 'licences'), 'Node v');
    expectIn(lastack('wireshark'), `local COMMAND = "${join(out, name)}"`);
    expectIn(
      lastack('report', showcase, '-f', 'parquet', '-o', 'x.parquet', '--fail-on', 'never') +
        readdirSync(folder).join(' '),
      'x.flows.parquet',
    );
  });

  const [deb] = files.filter((file) => file.endsWith('.deb'));
  if (deb === undefined) console.log('the Debian package: skipped, dpkg-deb is not here');
  else step('the Debian package', () => debian(join(out, deb), version));
  container();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function debian(deb, version) {
  const root = join(folder, 'root');
  run('dpkg-deb', ['-x', deb, root]);
  const fields = run('dpkg-deb', ['-f', deb]);
  for (const field of ['Package: lastack', `Version: ${version}`, 'Architecture: all', 'Depends: nodejs (>= 20.19)'])
    expectIn(fields, field);
  // Owned by root, and writable by nobody else.
  for (const line of run('dpkg-deb', ['-c', deb]).split('\n')) {
    if (line !== '' && !/^(d|-|l)rw[x-]r[-w]?[x-]?.* root\/root /.test(line)) throw new Error(line);
    if (/^[d-].{4}w|^[d-].{7}w/.test(line)) throw new Error(`others may write: ${line}`);
  }
  const link = join(root, 'usr/bin/lastack');
  if (!lstatSync(link).isSymbolicLink() || readlinkSync(link).startsWith('/'))
    throw new Error(`${link} is no relative link`);
  // As the link is run where it is installed: its first line asks env for node.
  const lastack = (...args) => run(link, args, { env: { PATH: process.env.PATH, HOME: folder } });
  expectIn(lastack('--version'), version);
  expectIn(lastack(showcase, '--fail-on', 'never', '--jobs', '2'), 'connections  527');
  expectIn(lastack('explain', 'licences'), 'react-reconciler');
  expectIn(lastack('wireshark'), 'Proto("lastack"');
  expectIn(gunzipSync(readFileSync(join(root, 'usr/share/man/man1/lastack.1.gz'))).toString(), '.TH LASTACK 1');
  expectIn(readFileSync(join(root, 'usr/share/bash-completion/completions/lastack'), 'utf8'), 'netstat');
  expectIn(readFileSync(join(root, 'usr/share/doc/lastack/copyright'), 'utf8'), 'ink 6');
  installed(deb);
}

/** By dpkg itself, into a root that holds nothing else; only root may. */
function installed(deb) {
  if (process.getuid?.() !== 0) return console.log('  not installed by dpkg: only root may');
  const root = join(folder, 'installed');
  for (const part of ['var/lib/dpkg/info', 'var/lib/dpkg/updates']) run('mkdir', ['-p', join(root, part)]);
  for (const file of ['status', 'available']) writeFileSync(join(root, 'var/lib/dpkg', file), '');
  run('dpkg', [
    `--root=${root}`, '--force-depends', '--force-not-root', '--force-script-chrootless', '--log=/dev/null', '-i', deb,
  ]);
  expectIn(
    run(join(root, 'usr/bin/lastack'), [showcase, '--fail-on', 'never'], {
      env: { PATH: process.env.PATH, HOME: folder },
    }),
    'connections  527',
  );
  run('dpkg', [`--root=${root}`, '--force-not-root', '--log=/dev/null', '-r', 'lastack']);
  if (existsSync(join(root, 'usr/lib/lastack'))) throw new Error('removed, it leaves files behind');
}

/** Where an engine runs that can fetch its base; nothing else of this needs a network. */
function container() {
  const engine = ['podman', 'docker'].find((program) => spawnSync(program, ['info'], { timeout: 10_000 }).status === 0);
  const [, base] = /^FROM (\S+)/m.exec(readFileSync('Containerfile', 'utf8'));
  if (engine === undefined || spawnSync(engine, ['pull', '--quiet', base], { timeout: 120_000 }).status !== 0) {
    return console.log(`the container: skipped, ` +
      (engine === undefined ? 'neither podman nor docker runs here' : `${engine} cannot fetch ${base}`));
  }
  step('the container', () => {
    run(engine, ['build', '-f', 'Containerfile', '-t', 'lastack-package-test', '.'], { cwd: checkout });
    expectIn(
      run(engine, [
        'run', '--rm', '-v', `${resolve('captures')}:/captures:ro`, 'lastack-package-test', 'showcase.pcapng',
        '--fail-on', 'never',
      ]),
      'connections  527',
    );
    run(engine, ['image', 'rm', 'lastack-package-test']);
  });
}

function step(name, work) {
  work();
  console.log(`${name}: ok`);
}

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1e8, ...options });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `status ${status}`}\n${stdout}${stderr}`);
  return stdout;
}

function expectIn(text, part) {
  if (!text.includes(part)) throw new Error(`there is no ${JSON.stringify(part)} in\n${text.slice(0, 2000)}`);
}
