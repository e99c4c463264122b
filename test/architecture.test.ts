import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

import { kinds } from '../src/findings/index.js';

interface Room {
  readonly room: string;
  /**
   * Rooms above it that it must not import all the same: what is told of a capture is told from the finished analysis
   * alone.
   */
  readonly not?: readonly string[];
}

/** The way of the data: a room imports only those before it, and itself. */
const rooms: readonly Room[] = JSON.parse(readFileSync('scripts/rooms.json', 'utf8'));

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
  .map((file) => file.replaceAll('\\', '/'));

/** Files of a folder that end so, without that. */
const named = (folder: string, suffix: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.replace(suffix, ''));

const roomOf = (file: string): string => file.split('/')[0]!;
/** How far along the way a room stands; the library, which is no room, stands behind all. */
const rank = (room: string): number =>
  room === 'index.ts' ? rooms.length : rooms.findIndex((one) => one.room === room);

/** Files below src that a file imports, statically or not, and for its types or not. */
function importsOf(file: string): string[] {
  const text = readFileSync(`src/${file}`, 'utf8');
  const paths = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g)].map((found) =>
    posix.normalize(posix.join(dirname(file), found[1]!)),
  );
  return paths.map((path) => (sources.includes(`${path}.ts`) ? `${path}.ts` : `${path}.tsx`));
}

const imports = new Map(sources.map((file) => [file, importsOf(file)]));

/** Files that come back to themselves by way of their imports, each circle by one way round. */
function circles(): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file]);
    if (done.has(file) || way.includes(file)) return;
    for (const imported of imports.get(file) ?? []) visit(imported, [...way, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  return found;
}

describe('nothing points backwards', () => {
  it('the library alone stands in no room', () => {
    expect(sources.filter((file) => !file.includes('/'))).toEqual(['index.ts']);
  });

  it('every folder of src has its place, and its line in CONTRIBUTING.md', () => {
    const folders = readdirSync('src', { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const lines = readFileSync('CONTRIBUTING.md', 'utf8').split('\n');
    expect(
      folders.filter((folder) => rank(folder) < 0 || !lines.some((line) => line.startsWith(`    src/${folder}/ `))),
    ).toEqual([]);
  });

  it('imports are found', () => {
    expect(imports.get('analysis/analyze.ts')).toContain('capture/capture.ts');
    expect([...imports.values()].flat().length).toBeGreaterThan(200);
    expect([...imports.values()].flat().filter((file) => !sources.includes(file))).toEqual([]);
  });

  it('no file needs itself', () => {
    expect(circles()).toEqual([]);
  });

  it.each(sources)('%s', (file) => {
    const room = roomOf(file);
    const { not = [] } = rooms.find((one) => one.room === room) ?? {};
    const backwards = imports
      .get(file)!
      .filter(
        (imported) =>
          roomOf(imported) !== room && (rank(roomOf(imported)) >= rank(room) || not.includes(roomOf(imported))),
      );
    expect(backwards).toEqual([]);
  });
});

describe('nothing leaves', () => {
  it('no file of src knows of a network, but for the ones that serve a page on loopback and metrics, and the page ' +
    'that is served, which asks nobody else', () => {
    const talking =
      /\b(from|import|require)\b *\(? *'(node:)?(http2?|https|tls|dgram|dns|dns\/promises|inspector)'|\bfetch\(|\bnew (WebSocket|XMLHttpRequest|EventSource)\b/;
    // What `net` knows of addresses is of no network.
    const addresses = /import \{ (?:(?:BlockList|SocketAddress|isIP)(?:, )?)+ \} from 'node:net';/;
    const text = (file: string): string => readFileSync(`src/${file}`, 'utf8').replace(addresses, '');
    expect(sources.filter((file) => talking.test(text(file)) || text(file).includes("'node:net'"))).toEqual([
      'cli/metrics-server.ts', 'cli/page-server.ts', 'report/html/client/live.ts',
    ]);
    const server = readFileSync('src/cli/page-server.ts', 'utf8');
    expect(server.match(/import .* from 'node:(?:http|net)'/g)).toEqual([
      "import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'",
      "import type { AddressInfo } from 'node:net'",
    ]);
    expect([server.match(/\.listen\([^)]*\)/g), /const LOOPBACK = '([^']+)'/.exec(server)?.[1]]).toEqual([
      ['.listen(port, LOOPBACK, resolve)'], '127.0.0.1',
    ]);
    expect(readFileSync('src/report/html/client/live.ts', 'utf8').match(/new EventSource\(.*?\)|\bfetch\(/g)).toEqual([
      'new EventSource(path)',
    ]);
    expect(text('cli/metrics-server.ts')).toMatch(/import \{ (?:type \w+, )*createServer \} from 'node:http';/);
  });

  it('and only these start another program, or load code by themselves: that of this program', () => {
    const starting = sources.filter((file) =>
      /'(node:)?(child_process|cluster|vm)'/.test(readFileSync(`src/${file}`, 'utf8')),
    );
    expect(starting.toSorted()).toEqual([
      'cli/compiled.ts', 'cli/pager.ts', 'cli/sniffer.ts', 'tui/outside/clipboard.ts', 'tui/outside/packets.ts',
    ]);
    const loading = readFileSync('src/cli/compiled.ts', 'utf8');
    expect([loading.match(/'node:vm'|new Script\(|new Program\([^,]*/g), loading.match(/folder = .*/g)]).toEqual([
      ["'node:vm'", 'new Script(', 'new Program(folder'],
      ['folder = folder;', 'folder = import.meta.dirname;'],
    ]);
  });

  it('and only these are threads, of a file of this program', () => {
    const threads = sources.filter((file) => readFileSync(`src/${file}`, 'utf8').includes("'node:worker_threads'"));
    expect(threads.toSorted()).toEqual([
      'analysis/threads/thread-pool.ts', 'analysis/threads/worker.ts', 'base/thread.ts',
      'capture/compression/unpacker.ts', 'capture/compression/unpacking.ts',
    ]);
    expect(threads.filter((file) => readFileSync(`src/${file}`, 'utf8').includes('new Worker('))).toEqual([
      'base/thread.ts',
    ]);
    const started = sources.flatMap(
      (file) => readFileSync(`src/${file}`, 'utf8').match(/startThread\(new [^)]*\)/g) ?? [],
    );
    expect(started.toSorted()).toEqual([
      "startThread(new URL('unpacker.js', import.meta.url)", "startThread(new URL('worker.js', import.meta.url)",
    ]);
  });
});

describe('a newcomer finds the way', () => {
  const rows = readFileSync('CONTRIBUTING.md', 'utf8').split('\n').filter((line) => /^\| (a|why) /.test(line));
  const files = ['src', 'test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  );

  it('six ways and more are told', () => {
    expect(rows.length).toBeGreaterThanOrEqual(6);
  });

  it.each(rows.map((row) => [row.split('|')[1]!.trim(), row] as const))('%s', (_, row) => {
    const told = [...row.matchAll(/`([\w/.-]+\.tsx?)`/g)]
      .map(([, file]) => file!)
      .filter((file) => !file.includes('NAME'));
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter((file) => !files.some((known) => known.endsWith(`/${file}`) || known === file))).toEqual([]);
  });
});

/** Files of src that import, in the way of `how`, what has such a name. */
function importing(name: RegExp, how: RegExp): string[] {
  return sources.filter((file) =>
    [...readFileSync(`src/${file}`, 'utf8').matchAll(how)].some((found) => name.test(found[1]!)),
  );
}

describe('what is large is loaded by who needs it', () => {
  it('the SDK of the Model Context Protocol, and its schemas, by its room alone', () => {
    expect(
      importing(/^(@modelcontextprotocol\/|zod$)/, /from '([^']+)'/g).filter((file) => roomOf(file) !== 'mcp'),
    ).toEqual([]);
  });

  it('and that room by its command, when it runs', () => {
    const outside = sources.filter(
      (file) => roomOf(file) !== 'mcp' && imports.get(file)!.some((imported) => roomOf(imported) === 'mcp'),
    );
    expect(outside).toEqual(['cli/mcp.ts']);
    expect(importing(/\/mcp\/server\.js$/, /import\('([^']+)'\)/g)).toEqual(['cli/mcp.ts']);
    expect(importing(/\/mcp\/server\.js$/, /from '([^']+)'/g)).toEqual([]);
  });
});

/** Findings that two Linux hosts on a wire cannot be made to show, so that no recording in captures/ does. */
const unrecorded: Readonly<Record<string, string>> = {
  'port-exhaustion': 'it takes half a minute of 470 connections a second, a hundred thousand packets',
  'incomplete-handshake':
    'a full accept queue of Linux 6.18 is silent until it has room (slow-connect): it repeats no SYN-ACK whose ' +
    'acknowledgment it dropped',
  'forged-reset': 'nobody stands between the two hosts who could forge one',
  'unexpected-reset': 'it takes a box between that forgets',
  'ignored-reset': 'Linux sends RSTs at the number that its peer expects',
  'reset-storm': 'Linux drops and limits what makes one',
  'path-mtu': 'the wire passes all that the hosts send', 'one-way': 'the wire passes both directions or none',
  outage: 'a road that is cut there stays so',
  'tls-handshake-failure': 'the scenarios speak plain text', 'nat-rebinding': 'nobody between the two hosts translates',
  'unacknowledged-fin':
    'a host that closes into a cut road is told as half-open when data was under way; alone it is covered by a ' +
    'tape and by test/vectors/orphan_fin_giveup.pcap',
};

describe('every finding is complete', () => {
  const files = readdirSync('src/findings').map(
    (file) => [file.replace('.ts', ''), readFileSync(`src/findings/${file}`, 'utf8')] as const,
  );
  const withDetector = files
    .filter(([, text]) => /export const \w+: (?:Service)?Detector\b/.test(text))
    .map(([name]) => name);
  const recorded = new Set(
    readdirSync('captures')
      .filter((file) => file.endsWith('.findings.json'))
      .flatMap((file) =>
        JSON.parse(readFileSync(`captures/${file}`, 'utf8')).map(({ finding }: { finding: string }) => finding),
      ),
  );

  it('a file for each in the registry, and each file in it', () => {
    expect(kinds.map(({ id }) => id).toSorted()).toEqual(withDetector.toSorted());
  });

  it('those that no recording shows are known, and only those', () => {
    expect(
      kinds
        .map(({ id }) => id)
        .filter((id) => !recorded.has(id))
        .toSorted(),
    ).toEqual(Object.keys(unrecorded).toSorted());
  });

  it.each(withDetector)('%s has a page, a test, a title and a section', (id) => {
    const detector = kinds.find((candidate) => candidate.id === id)!;
    expect([existsSync(`docs/findings/${id}.md`), existsSync(`test/findings/${id}.test.ts`)]).toEqual([true, true]);
    expect(detector.title).toMatch(/^[A-Z]/);
    expect(detector.rfc).toMatch(/RFC \d+ §/);
  });

  it.each(withDetector)('%s: its test shows each of its causes', (id) => {
    const shown = readFileSync(`test/findings/${id}.test.ts`, 'utf8');
    const causes = Object.keys(kinds.find((candidate) => candidate.id === id)!.severities).filter(
      (cause) => cause !== '',
    );
    expect(causes.filter((cause) => !new RegExp(`\\b${cause}\\b`).test(shown))).toEqual([]);
  });

  it('no page and no test without a finding', () => {
    expect(named('docs/findings', '.md').filter((id) => !withDetector.includes(id) && id !== 'README')).toEqual([]);
    expect(
      named('test/findings', '.test.ts')
        .filter((id) => !withDetector.includes(id))
        .toSorted(),
    ).toEqual(['find-all', 'grouping']);
  });
});
