import { Draw } from './draw.mjs';
import { SCENARIOS } from './scenarios.mjs';

/** The longest scenario takes about so many seconds, TIME-WAIT and retransmissions after it apart. */
const LONGEST = 20;

/** What is left for the endings that the kernel alone brings about: FIN-WAIT-2, orphans, retransmissions. */
const AFTERWARDS = 28;

/** Where the accept() of a connection that may never come gives up, in seconds. */
const ACCEPT_FOR = 30;

/**
 * The scenarios of one recording, each beginning `at` seconds after its zero. The same arguments, the same plan.
 * A fifth of them are `random`; every other one comes up as often as chance will have it, but at least once if there is room.
 */
export function makePlan({ seed, scenarios: count, duration, addresses }) {
  const draw = new Draw(seed);
  const begin = Math.max(2, duration - LONGEST - AFTERWARDS);
  const scenarios = names(draw, count).map((name, id) => {
    const script = SCENARIOS[name](draw);
    const v6 = !script.raw && draw.chance(0.3);
    const family = v6 ? 'v6' : 'v4';
    return {
      id, name, cport: 20_000 + id, sport: 10_000 + id, at: draw.seconds(0.5, begin), v6,
      ...script, accept_for: ACCEPT_FOR, cip: addresses.client[family], sip: addresses.server[family],
    };
  });
  return { seed, duration, scenarios };
}

function names(draw, count) {
  const known = Object.keys(SCENARIOS).filter((name) => name !== 'random');
  const random = Math.round(count / 5);
  const others = Array.from({ length: count - random }, (_, index) => known[index] ?? draw.pick(known));
  return [...Array.from({ length: random }, () => 'random'), ...others];
}
