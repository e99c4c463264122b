import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const GNU_TIME = '/usr/bin/time';

/**
 * What one run of a command took.
 *
 * @typedef {object} Cost
 * @property {number} wall seconds
 * @property {number} cpu seconds of all its threads, in user space and in the kernel
 * @property {number} peak bytes resident at the worst moment
 * @property {string} output its stdout
 */

/**
 * Runs a command to its end; throws with its own words if it fails.
 *
 * @param {readonly string[]} command
 * @returns {Cost}
 */
export function measure([program, ...options]) {
  if (!existsSync(GNU_TIME)) throw new Error(`${GNU_TIME} is not there; it measures memory (Debian: apt install time)`);
  const folder = mkdtempSync(join(tmpdir(), 'lastack-bench-'));
  const notes = join(folder, 'time');
  try {
    const { status, stdout, stderr, error } = spawnSync(
      GNU_TIME, ['-o', notes, '-f', '%e %U %S %M', program, ...options],
      {
        stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 1 << 30,
        // Node reads these certificates before all else: 144 of them were 40 ms of each run, for what never connects.
        env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined },
      },
    );
    if (error) throw error;
    if (status !== 0) throw new Error(`${program} ${options.join(' ')} ended with ${status}: ${stderr.slice(-500)}`);
    const [wall, user, system, kilobytes] = readFileSync(notes, 'utf8')
      .trim()
      .split('\n')
      .at(-1)
      .split(' ')
      .map(Number);
    return { wall, cpu: user + system, peak: kilobytes * 1024, output: stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether the system has this program. @param {string} program */
export function isInstalled(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}
