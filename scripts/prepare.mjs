// Builds after `npm ci` on a checkout; where the compiler was left out (a production install), there is nothing to
// build with.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

if (existsSync('node_modules/typescript')) {
  const { status } = spawnSync('npm', ['run', 'build', '--silent'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
