import type { FactId } from '../../between/between.js';

/** What to do about each fact; docs/both-ends.md tells the same in fewer words. */
const ADVICE: Readonly<Record<FactId, string>> = {
  'reset-injected':
    'Look between the taps for what sends it: a firewall, intrusion prevention, a load balancer. Captures at further ' +
    'places on the road close in on it.',
  'fin-injected': 'Look between the taps for a proxy or load balancer that closes connections in the name of its peer.',
  'path-mtu':
    'Let ICMP "fragmentation needed" (type 3 code 4; ICMPv6 type 2) through to the sender: a firewall that drops all of ' +
    'ICMP makes such a road. Or clamp the MSS at the router with the smaller MTU: nft `tcp option maxseg size set rt mtu`.',
  'data-lost':
    'Look between the taps for intrusion prevention or a firewall rule that drops packets by what they hold or by their ' +
    'length; its log names the rule.',
  'road-interrupted':
    'Look at the links and routes of that direction at that time: loss in bursts, a route or a path that changed.',
  'road-cut': 'Look at routes, rules and links of that direction, from that moment on.',
  'state-expired':
    'Send keepalives more often than the box forgets, or raise its idle limit: a NAT, firewall or load balancer on ' +
    'the way dropped its entry in silence.',
  'ports-changed':
    'Send keepalives more often than the NAT forgets, or raise its idle limit: it lost its entry and made a new one.',
  'tuple-shared':
    'Turn off the preservation of client addresses at the load balancer for clients that reach it at several ' +
    'addresses, or give the NAT more addresses or ports: it maps two connections on one.',
  'syn-lost': 'Look for loss, or for a rule on the way to the server that drops SYNs.',
  'syn-ack-lost':
    'Look for loss, or for a rule on the way to the client that drops SYN-ACKs, as a firewall does that saw no SYN.',
  'fin-lost':
    'Look for loss, or for a firewall that drops closing segments; until then keepalives at the end that does not ' +
    'know of the close find it.',
  'reset-lost':
    'Look for loss, or for a firewall that drops RSTs; until then keepalives at the end that does not know of the ' +
    'RST find it.',
  'fin-ignored': 'Look at that host, and at what lies between it and the tap near it: the FIN came as far as the tap.',
};

/** One or two sentences. */
export function adviceOf(fact: FactId): string {
  return ADVICE[fact];
}
