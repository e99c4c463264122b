import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

import { kinds } from '../src/findings/index.js';

/** The way of the data: a station imports only what stands before it, and itself. */
const stations: readonly (readonly string[])[] = [
  ['time'], ['home', 'lower-bound'], ['amounts', 'moment', 'nearest', 'version'],
  ['capture'], ['decode'], ['flow'], ['tcp'], ['findings'],
  ['keeping'], ['sockets/host-socket'], ['model'], ['recognition', 'reopen', 'state-at'], ['conclusion'], ['analyzer'], ['threads'], ['analysis', 'ladder', 'neighbourhood'], ['follow'],
  ['compare', 'filter', 'overview', 'sockets'], ['report'], ['extract'], ['tui'], ['cli'], ['index'],
];

/** What is told of a capture is told from the finished analysis alone. */
const tellers = ['report', 'tui'];
const workshop = ['capture', 'decode', 'flow', 'tcp'];

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts')).map((file) => file.replaceAll('\\', '/'));

/** Files of a folder that end so, without that. */
const named = (folder: string, suffix: string): string[] => readdirSync(folder).filter((file) => file.endsWith(suffix)).map((file) => file.replace(suffix, ''));

/** Folder or file directly below src, unless the way names the file itself. */
function stationOf(file: string): string {
  const path = file.replace(/\.tsx?$/, '');
  return hasPlace(path) ? path : path.split('/')[0]!;
}

const hasPlace = (station: string): boolean => stations.some((members) => members.includes(station));
/** How far along the way a station stands; one without a place stands behind all others. */
const rank = (station: string): number => (hasPlace(station) ? stations.findIndex((members) => members.includes(station)) : stations.length);

/** Files below src that a file imports, statically or not. */
function importsOf(file: string): string[] {
  const text = readFileSync(`src/${file}`, 'utf8');
  const paths = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g)].map((found) => found[1]!);
  return paths.map((path) => posix.normalize(posix.join(dirname(file), path)));
}

describe('nothing points backwards', () => {
  it('every folder and file of src has its place', () => {
    expect([...new Set(sources.map(stationOf))].filter((station) => !hasPlace(station))).toEqual([]);
  });

  it('imports are found', () => {
    expect(importsOf('analysis.ts')).toContain('capture/capture');
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(200);
  });

  it.each(sources)('%s', (file) => {
    const station = stationOf(file);
    const backwards = importsOf(file).filter((imported) => {
      const from = stationOf(imported);
      if (tellers.includes(station) && workshop.includes(from)) return true;
      return from !== station && rank(from) >= rank(station);
    });
    expect(backwards).toEqual([]);
  });
});

describe('nothing leaves', () => {
  it('no file of src knows of a network', () => {
    const talking = /'(node:)?(http2?|https|tls|dgram|dns|dns\/promises|inspector)'|\bfetch\(|\bnew (WebSocket|XMLHttpRequest|EventSource)\b/;
    // What `net` knows of addresses is of no network.
    const addresses = /import \{ (?:(?:BlockList|SocketAddress|isIP)(?:, )?)+ \} from 'node:net';/;
    const text = (file: string): string => readFileSync(`src/${file}`, 'utf8').replace(addresses, '');
    expect(sources.filter((file) => talking.test(text(file)) || text(file).includes("'node:net'"))).toEqual([]);
  });

  it('and only these start another program', () => {
    const starting = sources.filter((file) => /'(node:)?(child_process|cluster|vm)'/.test(readFileSync(`src/${file}`, 'utf8')));
    expect(starting.toSorted()).toEqual(['cli/sniffer.ts', 'tui/outside/packets.ts']);
  });

  it('and only these are threads, of a file of this program', () => {
    const threads = sources.filter((file) => readFileSync(`src/${file}`, 'utf8').includes("'node:worker_threads'"));
    expect(threads.toSorted()).toEqual(['capture/compression/unpacker.ts', 'capture/compression/unpacking.ts', 'threads/crew.ts', 'threads/follower.ts']);
    const started = threads.flatMap((file) => readFileSync(`src/${file}`, 'utf8').match(/new Worker\([^{]*/g) ?? []);
    expect(started.toSorted()).toEqual(["new Worker(new URL('follower.js', import.meta.url), ", "new Worker(new URL('unpacker.js', import.meta.url), "]);
  });
});

/** Findings that two Linux hosts on a wire cannot be made to show, so that no recording in captures/ does. */
const unrecorded: Readonly<Record<string, string>> = {
  'port-exhaustion': 'it takes half a minute of 470 connections a second, a hundred thousand packets',
  'forged-reset': 'nobody stands between the two hosts who could forge one',
  'unacknowledged-fin': 'a host that closes into a cut road is told as half-open when data was under way; alone it is covered by a tape and by test/vectors/orphan_fin_giveup.pcap',
};

describe('every finding is complete', () => {
  const files = readdirSync('src/findings').map((file) => [file.replace('.ts', ''), readFileSync(`src/findings/${file}`, 'utf8')] as const);
  const withDetector = files.filter(([, text]) => /export const \w+: (?:Service)?Detector\b/.test(text)).map(([name]) => name);
  const recorded = new Set(readdirSync('captures').filter((file) => file.endsWith('.findings.json')).flatMap((file) => JSON.parse(readFileSync(`captures/${file}`, 'utf8')).map(({ finding }: { finding: string }) => finding)));

  it('a file for each in the registry, and each file in it', () => {
    expect(kinds.map(({ id }) => id).toSorted()).toEqual(withDetector.toSorted());
  });

  it('those that no recording shows are known, and only those', () => {
    expect(kinds.map(({ id }) => id).filter((id) => !recorded.has(id)).toSorted()).toEqual(Object.keys(unrecorded).toSorted());
  });

  it.each(withDetector)('%s has a page, a test, a title and a section', (id) => {
    const detector = kinds.find((candidate) => candidate.id === id)!;
    expect([existsSync(`docs/findings/${id}.md`), existsSync(`test/findings/${id}.test.ts`)]).toEqual([true, true]);
    expect(detector.title).toMatch(/^[A-Z]/);
    expect(detector.rfc).toMatch(/RFC \d+ §/);
  });

  it('no page and no test without a finding', () => {
    expect(named('docs/findings', '.md').filter((id) => !withDetector.includes(id) && id !== 'README')).toEqual([]);
    expect(named('test/findings', '.test.ts').filter((id) => !withDetector.includes(id)).toSorted()).toEqual(['find-all', 'grouping']);
  });
});
