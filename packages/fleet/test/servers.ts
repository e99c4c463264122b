import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A queue's server that a test has for itself. */
export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** Servers of queues, by name; null where this machine has none. */
export const servers: Readonly<Record<string, (() => Promise<Server>) | null>> = {
  Redis: hasProgram('redis-server') ? startRedis : null,
  PostgreSQL: postgresPrograms() === null ? null : startPostgres,
};

for (const [name, start] of Object.entries(servers))
  if (start === null) console.warn(`${name} is not installed here: what the fleet does with it goes untested`);

async function startRedis(): Promise<Server> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'lastack-redis-'));
  const server = spawn('redis-server', ['--port', `${port}`, '--save', '', '--dir', folder], { stdio: 'ignore' });
  await answersAt(port);
  return { url: `redis://127.0.0.1:${port}`, stop: () => stop(server, folder) };
}

/** PostgreSQL does not run as root: there it runs as the user that its package has made. */
async function startPostgres(): Promise<Server> {
  const programs = postgresPrograms()!;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'lastack-postgres-'));
  const root = process.getuid?.() === 0;
  const [uid, gid] = root ? ['-u', '-g'].map(postgresId) : [];
  if (root) chownSync(folder, uid!, gid!);
  const as = { stdio: 'ignore', cwd: folder, ...(root && { uid, gid }) } as const;
  execFileSync(join(programs, 'initdb'), ['-D', join(folder, 'data'), '-U', 'fleet', '-A', 'trust', '-N'], as);
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', join(folder, 'data'), '-p', `${port}`, '-k', folder, '-c', 'fsync=off', '-h', '127.0.0.1'],
    as,
  );
  await answersAt(port);
  const url = `postgres://fleet@127.0.0.1:${port}/postgres`;
  const isReady = (): boolean =>
    spawnSync(join(programs, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', `${port}`, '-U', 'fleet']).status === 0;
  while (!isReady()) await setTimeout(100);
  return { url, stop: () => stop(server, folder) };
}

/** `-u` or `-g`: the user or the group. */
function postgresId(flag: string): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
}

async function stop(server: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  // PostgreSQL's word for: now, without waiting for those who are connected. Redis ends by it, too.
  server.kill('SIGINT');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version']).status === 0;
}

/** Debian keeps them away from the path. */
function postgresPrograms(): string | null {
  const base = '/usr/lib/postgresql';
  const folders = existsSync(base) ? readdirSync(base).map((version) => join(base, version, 'bin')) : [];
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function answersAt(port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('connect', () => socket.destroy());
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    await setTimeout(100);
  }
  throw new Error(`nothing answers at port ${port}`);
}
