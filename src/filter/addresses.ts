import { BlockList, SocketAddress, isIP } from 'node:net';
import type { Address } from '../analysis/model.js';

/**
 * Whether an address is one that was written: `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1:80`, `[2001:db8::/32]:443`, `10.0`
 * for all that begins so.
 */
export type AddressTest = (address: Address) => boolean;

/** Null for what is no address. */
export function readAddress(text: string): AddressTest | null {
  const { host, port } = split(text);
  const isHost = host === '*' || (host === '' && port >= 0) ? () => true : readHost(host);
  if (isHost === null || port > 65_535) return null;
  return port < 0 ? ({ address }) => isHost(address) : (of) => of.port === port && isHost(of.address);
}

/** `port` is -1 where none is written. An IPv6 address with a port is in brackets, as in URLs (RFC 3986 §3.2.2). */
function split(text: string): { host: string; port: number } {
  const [, inBrackets, plain, port = '-1'] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  return { host: inBrackets ?? plain ?? text, port: Number(port) };
}

function readHost(text: string): ((address: string) => boolean) | null {
  // The first numbers of an IPv4 network, as tcpdump takes them: 10.77 is 10.77.0.0/16.
  if (/^\d{1,3}(?:\.\d{1,3}){1,2}\.?$/.test(text))
    return readBeginning(text.split('.').filter((number) => number !== ''));
  const [, network = '', length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(network);
  if (version === 0) return null;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  // Connections have their addresses as RFC 5952 writes them, and so has this.
  const { address: wanted } = new SocketAddress({ address: network, family });
  if (length === undefined) return (address) => address === wanted;
  if (Number(length) > (version === 6 ? 128 : 32)) return null;
  const subnet = new BlockList();
  subnet.addSubnet(network, Number(length), family);
  // Asked for the other family, a BlockList answers for IPv4-mapped addresses too.
  return (address) => address.includes(':') === (version === 6) && subnet.check(address, family);
}

function readBeginning(numbers: readonly string[]): ((address: string) => boolean) | null {
  if (numbers.some((number) => Number(number) > 255)) return null;
  const beginning = `${numbers.map(Number).join('.')}.`;
  return (address) => address.startsWith(beginning);
}
