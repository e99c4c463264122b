// Adds to package-lock.json the optional packages of other platforms that a registry did not offer when the lock was
// made.
//
// `npm ci` refuses a lock in which an optional dependency has no entry at all, even one of a platform it would never
// install. Run it after `npm install`: node scripts/complete-lock.mjs
import { readFileSync, writeFileSync } from 'node:fs';
const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const OS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const CPU = {
  x64: 'x64', arm64: 'arm64', ia32: 'ia32', arm: 'arm', ppc64: 'ppc64', riscv64: 'riscv64', s390x: 's390x',
};
for (const [place, entry] of Object.entries({ ...lock.packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const at = `node_modules/${name}`;
    if (place === '' || lock.packages[at] || lock.packages[`${place}/${at}`]) continue;
    const words = name.split(/[/-]/);
    const os = OS.find((word) => words.includes(word));
    const cpu = words.map((word) => CPU[word]).find(Boolean);
    if (!os || !cpu) { console.log('not understood:', name); continue; }
    const libc = words.some((word) => word.startsWith('musl'))
      ? ['musl']
      : os === 'linux' && words.some((word) => word.startsWith('gnu'))
        ? ['glibc']
        : null;
    lock.packages[at] = {
      version, cpu: [cpu], ...(entry.dev && { dev: true }), ...(libc && { libc }), license: 'MIT', optional: true,
      os: [os], ...(entry.engines && { engines: entry.engines }),
    };
    console.log('added', name, version);
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
