import { spawnSync } from 'node:child_process';

/** Whether a program of Wireshark's is installed; tests that need it are skipped where it is not. */
export function has(program: 'tshark' | 'capinfos' | 'mergecap'): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

/** What a program of Wireshark's writes to stdout. */
export function wireshark(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1e8 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Fields of every frame that a filter lets through, a row each. */
export function fields(path: string, names: readonly string[], filter = ''): string[][] {
  const args = ['-r', path, '-n', '-T', 'fields', '-E', 'separator=|', ...names.flatMap((name) => ['-e', name])];
  const text = wireshark('tshark', ...args, ...(filter === '' ? [] : ['-Y', filter]));
  return text.split('\n').filter((line) => line !== '').map((line) => line.split('|'));
}
