// Makes what can be installed, in out/ or --out FOLDER:
//
//     lastack-VERSION.tgz             npm i -g lastack-VERSION.tgz
//     lastack-VERSION-PLATFORM        one executable, with this Node in it
//     lastack_VERSION_all.deb         apt install ./lastack_VERSION_all.deb; only where dpkg-deb is
//
// npm run package builds first.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { debianPackage } from './package/debian.mjs';
import { executable } from './package/executable.mjs';

const { values: { out } } = parseArgs({ options: { out: { type: 'string', default: 'out' } } });
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
mkdirSync(out, { recursive: true });

made(tarball());
made(
  await executable(
    join(out, `lastack-${version}-${process.platform}-${process.arch}${process.platform === 'win32' ? '.exe' : ''}`),
  ),
);
const debian = debianPackage(out, version);
if (debian === null) console.log('no Debian package: dpkg-deb is not here');
else made(debian);

function tarball() {
  const { status, stdout, stderr } = spawnSync(
    'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return join(out, JSON.parse(stdout)[0].filename);
}

function made(path) {
  console.log(`${path}  ${(statSync(path).size / 1e6).toFixed(1)} MB`);
}
