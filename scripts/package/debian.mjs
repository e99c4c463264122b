// A Debian package of the command: the files of the npm package, a link in /usr/bin, man page and completions in their
// places. The library stays with npm.
import { spawnSync } from 'node:child_process';
import {
  chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const HOME = 'usr/lib/lastack';
/** What src/base/own-files.ts is asked for, and the program. */
const FILES = [
  'package.json', 'LICENSE', 'dist/cli/main.cjs', 'dist/program', 'dist/THIRD-PARTY.txt', 'docs/findings',
  'docs/diagnoses', 'docs/words.md', 'wireshark/lastack.lua',
];

/** Writes it into the folder `out`, and gives its path; null where there is no dpkg-deb. */
export function debianPackage(out, version) {
  if (spawnSync('dpkg-deb', ['--version']).status !== 0) return null;
  const root = mkdtempSync(join(tmpdir(), 'lastack-debian-'));
  try {
    const put = (path, content) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    };
    for (const file of FILES) cpSync(file, join(root, HOME, file), { recursive: true });
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    symlinkSync('../lib/lastack/dist/cli/main.cjs', join(root, 'usr/bin/lastack'));
    put('usr/share/man/man1/lastack.1.gz', gzipSync(readFileSync('docs/lastack.1'), { level: 9 }));
    put('usr/share/bash-completion/completions/lastack', lastack('completion', 'bash'));
    put('usr/share/zsh/vendor-completions/_lastack', lastack('completion', 'zsh'));
    put('usr/share/fish/vendor_completions.d/lastack.fish', lastack('completion', 'fish'));
    put('usr/share/doc/lastack/copyright', copyright());
    put('usr/share/doc/lastack/changelog.gz', gzipSync(readFileSync('CHANGELOG.md'), { level: 9 }));
    put('DEBIAN/control', control(version, sizeOf(root)));
    readable(root);
    chmodSync(join(root, HOME, 'dist/cli/main.cjs'), 0o755);
    const path = join(out, `lastack_${version}_all.deb`);
    const { status, stderr } = spawnSync('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', root, path], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return path;
  } finally {
    rmSync(root, { recursive: true });
  }
}

function control(version, bytes) {
  return `Package: lastack
Version: ${version}
Architecture: all
Maintainer: the lastack authors <lastack@localhost>
Installed-Size: ${Math.ceil(bytes / 1024)}
Depends: nodejs (>= 20.19)
Suggests: tcpdump, wireshark
Section: net
Priority: optional
Description: how every TCP connection in a packet capture ended
 Takes each endpoint of each connection in a pcap or pcapng file through the
 closing states of RFC 9293, and names what went wrong, whose doing it was and
 what to change, with the frames that show it: on a screen and as a report.
`;
}

/** In the form that Debian asks for: its header, and the texts. */
function copyright() {
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: lastack

Files: *
Copyright: ${/^Copyright \(c\) (.*)$/m.exec(readFileSync('LICENSE', 'utf8'))?.[1] ?? 'the lastack authors'}
License: Expat
${indented(readFileSync('LICENSE', 'utf8'))}

Files: ${HOME}/dist/program/*
Copyright: as each says
License: Expat and others
${indented(readFileSync('dist/THIRD-PARTY.txt', 'utf8'))}
`;
}

function indented(text) {
  return text.trimEnd().split('\n').map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`)).join('\n');
}

function lastack(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli/main.cjs', ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function sizeOf(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** Whatever the umask was. */
function readable(root) {
  chmodSync(root, 0o755);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}
