import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { evenly, splitPcap } from '../../../test/capture/splitter.js';

const PROGRAM = 'packages/fleet/dist/main.js';

/** Writes a generated capture as the rotated files of a tap. */
export function rotate(folder: string, seed: number, parts: number, packets = 3000): void {
  mkdirSync(folder, { recursive: true });
  const whole = join(folder, '..', `${seed}.whole`);
  execFileSync(process.execPath, [
    'bench/generate.mjs', whole, '--packets', `${packets}`, '--flows', '400', '--bytes', '1M', '--rate', '4', '--seed',
    `${seed}`,
  ]);
  splitPcap(readFileSync(whole), evenly(packets, parts)).forEach((piece, index) =>
    writeFileSync(join(folder, `trace_${String(index).padStart(5, '0')}.pcap`), piece),
  );
}

/** A worker, and what it says. */
export interface Running {
  readonly process: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<{ readonly status: number | null; readonly said: string }>;
}

/** Starts the command in a group of processes of its own. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, said }));
  return { process: child, said: () => said, ended };
}

export function run(args: readonly string[], env?: NodeJS.ProcessEnv): Running['ended'] {
  return start(args, env).ended;
}

/** As the kernel ends a machine's work: the worker and all its processes, which get no word. */
export function kill({ process: child }: Running): void {
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
}

/** Every whole file below a folder, by its name there. */
export function contents(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.includes('.part-') && statSync(join(folder, name)).isFile(),
  );
  return new Map(names.toSorted().map((name) => [name, readFileSync(join(folder, name), 'base64')]));
}
