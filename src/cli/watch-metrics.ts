import type { Readable } from 'node:stream';
import { analyze } from '../analysis/analyze.js';
import type { Analysis, AnalysisOptions } from '../analysis/model.js';
import { emptyOpenmetrics, liveOpenmetrics } from '../report/openmetrics.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import type { MetricsAddress } from './metrics-address.js';
import { serveMetrics } from './metrics-server.js';
import { giveUpRoot } from './privileges.js';
import { noteDamage } from './read.js';
import { type Sniffer, startSniffer } from './sniffer.js';

/** Share of the time that writing metrics may take: those of 50,000 connections take most of a second. */
const SHARE = 1 / 10;

/**
 * Metrics of packets that go on. They are written when packets have come, as often as it costs little, and kept: who
 * asks more often gets the same text, and asking costs nothing.
 */
export class WatchMetrics {
  /** In seconds since the epoch. */
  readonly #since: number;
  readonly #now: () => number;
  /** Not written yet. */
  #newest: Analysis | null = null;
  #text: string;
  /** From when on it is written anew, in milliseconds of `now`. */
  #next = 0;

  constructor(since: number = Date.now(), now: () => number = () => performance.now()) {
    this.#since = Math.floor(since / 1000);
    this.#now = now;
    this.#text = emptyOpenmetrics(this.#since);
  }

  show(analysis: Analysis): void {
    this.#newest = analysis;
    this.#write();
  }

  text(): string {
    this.#write();
    return this.#text;
  }

  #write(): void {
    const begin = this.#now();
    if (this.#newest === null || begin < this.#next) return;
    try {
      this.#text = [...liveOpenmetrics(this.#newest, this.#since)].join('');
    } catch (error) {
      // This snapshot names a connection that was forgotten since; the next one does not.
      if (!(error instanceof RangeError)) throw error;
    }
    this.#newest = null;
    const end = this.#now();
    this.#next = end + (end - begin) / SHARE;
  }
}

export interface WatchForMetricsOptions {
  readonly address: MetricsAddress;
  readonly interface?: string | undefined;
  /** What is captured, in the language of pcap-filter(7). */
  readonly filter: string;
  /** A pipe in place of capturing: `-`, or its path. */
  readonly read?: string | undefined;
  readonly analysisOptions: AnalysisOptions;
}

/**
 * Captures, or reads a pipe, and serves metrics of it until the packets end, or SIGINT or SIGTERM comes.
 *
 * @throws CommandError where the address cannot be used, or nothing can be captured
 */
export async function watchForMetrics(
  { address, interface: device, filter, read, analysisOptions }: WatchForMetricsOptions, host: Host,
): Promise<void> {
  if (read !== undefined && (filter !== '' || device !== undefined))
    throw new CommandError('-r reads what another program captures: -i and a filter are for that program');
  const metrics = new WatchMetrics();
  const server = await serveMetrics(address, () => metrics.text());
  let sniffer: Sniffer | null = null;
  let status = 0;
  try {
    if (read === undefined) sniffer = await startSniffer(device, filter);
    giveUpRoot(host.env);
    host.stderr.write(`lastack: metrics at ${server.url}\n`);
    const analysis = await Promise.race([
      stopped(),
      followed(metrics, sniffer === null ? { path: read! } : { path: '-', stdin: sniffer.packets }, analysisOptions),
    ]);
    if (analysis !== null) noteDamage(analysis.capture.damage, host);
    status = analysis !== null && analysis.capture.damage.length > 0 ? 2 : 0;
  } finally {
    sniffer?.stop();
    server.close();
  }
  // A pipe that stays silent would hold the process.
  host.exit(status);
}

async function followed(
  metrics: WatchMetrics, { path, stdin }: { readonly path: string; readonly stdin?: Readable },
  options: AnalysisOptions,
): Promise<Analysis> {
  const analysis = await analyze([path], {
    ...options, ...(stdin !== undefined && { stdin }), onSnapshot: (snapshot) => metrics.show(snapshot),
  });
  metrics.show(analysis);
  return analysis;
}

/** Whoever started it has seen enough: that is no failure. */
function stopped(): Promise<null> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(null));
  });
}
