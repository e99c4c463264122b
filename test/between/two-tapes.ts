import { type TwoTaps, between } from '../../src/between/between.js';
import { bytes, pcapWriter } from '../capture/build.js';
import { scratch } from '../capture/read.js';
import { FrameMaker, silence } from '../tape/frames.js';
import { parseTape } from '../tape/line.js';

/** One connection, or what is said on one tuple, at one tap. */
export interface Strip {
  /** As test/tape.ts has it, but that nothing is expected behind the bar. */
  readonly script: string;
  readonly ports?: readonly [number, number];
  /** `0x0a000001`: client and server. */
  readonly addresses?: readonly [number, number];
  readonly initial?: readonly [number, number];
}

export interface Clock {
  /** Seconds that this tap's clock is ahead. */
  readonly offset?: number;
  /** Microseconds that it gains each second. */
  readonly drift?: number;
}

const files = scratch();
let tapes = 0;

/** Writes what a tap has captured of several connections, in order of time, by its own clock. */
export function captured(strips: readonly Strip[], { offset = 0, drift = 0 }: Clock = {}): string {
  const { header, record } = pcapWriter();
  const packets = strips.flatMap(({ script, ports = [40_000, 80], addresses, initial = [1_000_000, 2_000_000] }) => {
    const frames = new FrameMaker({ ip6: false, initial, ports, ...(addresses !== undefined && { addresses }) });
    return parseTape(script).map(({ time, segment }) => ({ time, data: segment ? frames.frame(segment) : silence }));
  });
  packets.sort((one, other) => one.time - other.time);
  const records = packets.map(({ time, data }) => {
    const microseconds = Math.round(time * (1e6 + drift) + offset * 1e6);
    return record({
      seconds: 1_795_169_041 + Math.floor(microseconds / 1e6),
      fraction: ((microseconds % 1e6) + 1e6) % 1e6,
      data,
    });
  });
  tapes += 1;
  return files.write(`tap-${tapes}.pcap`, bytes(header, Buffer.concat(records)));
}

/** Both ends of what these strips say. */
export function bothEnds(client: readonly Strip[], server: readonly Strip[], clock: Clock = {}): Promise<TwoTaps> {
  return between([captured(client)], [captured(server, clock)]);
}

/** `road-cut certain server`: facts of each pair in order. */
export function factsOf({ pairs }: TwoTaps): string[][] {
  return pairs.map(({ facts }) => facts.map(({ id, confidence, role }) => `${id} ${confidence} ${role}`));
}

/** `refuted forged-reset client`: what becomes of the findings, with the taps whose capture has them. */
export function findingsOf({ pairs }: TwoTaps): string[][] {
  return pairs.map(({ findings }) =>
    findings.map(({ outcome, finding, taps }) =>
      [outcome, finding.id, finding.cause, taps.join('+')].filter(Boolean).join(' '),
    ),
  );
}

/** A connection that nothing happens to, `at` a moment, 2 ms from tap to tap: clocks and coverage rest on such. */
export function healthy(at: number, port: number): { readonly client: Strip; readonly server: Strip } {
  const script = (shift: number): string =>
    [
      [0.0 + shift, '> S 0:0 <mss 1460,sackOK,wscale 7>'],
      [0.004 - shift, '< S. 0:0 ack 1 <mss 1460,sackOK,wscale 7>'],
      [0.005 + shift, '> . 1:1 ack 1'],
      [0.01 + shift, '> P. 1:31 ack 1'],
      [0.02 - shift, '< P. 1:51 ack 31'],
      [0.021 + shift, '> F. 31:31 ack 51'],
      [0.03 - shift, '< F. 51:51 ack 32'],
      [0.031 + shift, '> . 32:32 ack 52'],
    ]
      .map(([time, segment]) => `${(at + Number(time)).toFixed(6)} ${segment}`)
      .join('\n');
  const ports = [port, 80] as const;
  const initial = [port * 7919, port * 104_729] as const;
  return { client: { script: script(0), ports, initial }, server: { script: script(0.002), ports, initial } };
}
