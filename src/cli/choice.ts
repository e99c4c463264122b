import { SocketAddress, isIP } from 'node:net';
import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { Analysis, Connection, Finding } from '../analysis/model.js';
import { socketAddress } from '../report/quantities.js';
import { CommandError } from './failure.js';
import { suggest } from './suggest.js';

/** The connections that were asked for: of each option given, one value must fit. */
export interface Choice {
  readonly finding?: readonly string[] | undefined;
  readonly cause?: readonly string[] | undefined;
  readonly service?: readonly string[] | undefined;
  readonly stream?: readonly number[] | undefined;
  readonly flow?: readonly number[] | undefined;
}

export const finding = new Option('--finding <id>', 'connections with this finding; may be repeated').argParser(
  each((text) => text),
);
export const cause = new Option(
  '--cause <cause>', 'connections with a finding of this cause; may be repeated',
).argParser(each((text) => text));
export const service = new Option(
  '--service <address:port>', 'connections of this service: with --finding and --cause, a group; may be repeated',
).argParser(each(parseService));
export const stream = new Option(
  '--stream <number>', "connections in this tcp.stream of Wireshark's; may be repeated",
).argParser(each(parseNumber));
export const flow = new Option('--flow <id>', 'the connection with this id in our reports; may be repeated').argParser(
  each(parseNumber),
);

/** What decides, of an analysis, whether a connection is chosen. */
export function chooserOf(
  analysis: Analysis, { finding, cause, service, stream, flow }: Choice,
): (connection: Connection) => boolean {
  const fits = (found: Finding): boolean => isAmong(found.id, finding) && isAmong(found.cause, cause);
  const asksFindings = finding !== undefined || cause !== undefined;
  return ({ id, streams, server }) => isAmong(id, flow) &&
    (stream === undefined || streams.some((number) => stream.includes(number))) &&
    isAmong(socketAddress(server), service) &&
    (!asksFindings || analysis.findingsOf(id).some(fits));
}

/** A finding that does not exist is told before the captures are read. */
export async function refuseUnknownFindings({ finding = [] }: Choice): Promise<void> {
  const { kinds } = await import('../findings/index.js');
  const ids: readonly string[] = kinds.map(({ id }) => id);
  const unknown = finding.find((id) => !ids.includes(id));
  if (unknown !== undefined)
    throw new CommandError(
      `there is no finding ${unknown}.${suggest(unknown, ids) || ` There are: ${ids.join(', ')}.`}`,
    );
}

function isAmong(value: string | number | null, wanted: readonly (string | number)[] | undefined): boolean {
  return wanted === undefined || wanted.some((one) => one === value);
}

/** Gathers the values of an option that may be repeated. */
function each<T>(parse: (text: string) => T): (text: string, before: readonly T[] | undefined) => readonly T[] {
  return (text, before) => [...(before ?? []), parse(text)];
}

function parseNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Write a number: 0, 1, 2…');
  return Number(text);
}

/** `10.0.0.1:80` or `[2001:db8::1]:80`, as reports write it. */
function parseService(text: string): string {
  const [, address = '', port = ''] = /^\[?([^[\]]+)\]?:(\d{1,5})$/.exec(text) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(port) > 65_535) throw new InvalidArgumentError('Write 10.0.0.1:80 or [2001:db8::1]:80.');
  return socketAddress({
    address: new SocketAddress({ address, family: family === 6 ? 'ipv6' : 'ipv4' }).address, port: Number(port),
  });
}
