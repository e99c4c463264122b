import { Draw } from './draw.mjs';
import { SCENARIOS } from './scenarios.mjs';

/** The longest scenario takes about so many seconds, TIME-WAIT and retransmissions after it apart. */
const LONGEST = 20;

/** What is left for the endings that the kernel alone brings about: FIN-WAIT-2, orphans, retransmissions. */
const AFTERWARDS = 28;

/**
 * What administrators set, and other systems have by default: timestamps, SACK, ECN, a scale of 7 in place of the 10
 * that much memory brings, IP IDs that count because packets may be fragmented. What is drawn with each probability,
 * for each host by itself.
 */
const SETTINGS = [
  [0.25, ['net.ipv4.tcp_timestamps=0']],
  [0.15, ['net.ipv4.tcp_sack=0']],
  [0.25, ['net.ipv4.tcp_ecn=1']],
  [0.5, ['net.ipv4.tcp_rmem=4096 131072 6291456']],
  [0.1, ['net.ipv4.ip_no_pmtu_disc=1']],
];

/** Where the accept() of a connection that may never come gives up, in seconds. */
const ACCEPT_FOR = 30;

/**
 * The scenarios of one recording, each beginning `at` seconds after its zero. The same arguments, the same plan. A
 * fifth of them are `random`; every other one comes up as often as chance will have it, but at least once if there is
 * room.
 */
export function makePlan({ seed, scenarios: count, duration, addresses }) {
  const draw = new Draw(seed);
  const begin = Math.max(2, duration - LONGEST - AFTERWARDS);
  const scenarios = [];
  for (const name of names(draw, count)) {
    const id = scenarios.length;
    const script = SCENARIOS[name](draw);
    const v6 = !script.raw && draw.chance(0.3);
    const family = v6 ? 'v6' : 'v4';
    const at = draw.seconds(0.5, begin);
    const host = {
      id, name, cport: 20_000 + id, sport: 10_000 + id, at, v6, ...script, accept_for: ACCEPT_FOR,
      cip: addresses.client[family], sip: addresses.server[family],
    };
    scenarios.push(host);
    for (let guest = id + 1; guest < id + (script.crowd ?? 1); guest++)
      scenarios.push({
        ...host, id: guest, cport: 20_000 + guest, at: at + draw.seconds(0, 0.5), guest: true, server: [],
      });
  }
  return { seed, duration, settings: { client: settings(draw), server: settings(draw) }, scenarios };
}

function settings(draw) {
  return SETTINGS.flatMap(([probability, lines]) => (draw.chance(probability) ? lines : []));
}

function names(draw, count) {
  const known = Object.keys(SCENARIOS).filter((name) => name !== 'random');
  const random = Math.round(count / 5);
  const others = Array.from({ length: count - random }, (_, index) => known[index] ?? draw.pick(known));
  return [...Array.from({ length: random }, () => 'random'), ...others];
}
