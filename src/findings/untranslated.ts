import type { Role } from '../tcp/connection.js';
import type { Elsewhere } from '../tcp/connection-folder.js';

/** What to change where a NAT let a segment through as it was. */
export const UNTRANSLATED_ADVICE: readonly string[] = [
  'Let the translator drop what conntrack calls INVALID in place of passing it on (nft `ct state invalid drop`, ' +
    'iptables `-m conntrack --ctstate INVALID -j DROP`), as kube-proxy does.',
  'Or let it be less strict about windows: sysctl net.netfilter.nf_conntrack_tcp_be_liberal=1. Look for what puts ' +
    'segments out of the window there: loss, offloads, a way that passes the translator in one direction only.',
];

/** Whom the sender of the RST talks to instead, and what that tells. */
export function talksElsewhere(by: Role, { address: { address, port }, stream }: Elsewhere): string {
  return (
    `The ${by} talks from the same port to ${address}:${port} (stream ${stream}): a NAT let this segment through ` +
    'without translating it back, as conntrack does with what it calls INVALID (out of its window).'
  );
}
