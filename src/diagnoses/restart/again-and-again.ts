import { consecutive } from '../../base/groups.js';
import { SECOND } from '../../base/time.js';
import type { Time } from '../../base/time.js';
import { place, seconds, several } from '../diagnosis.js';
import type { Detected } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import type { Taken } from '../patterns/taken.js';

/** What a restart numbers. */
type Numbers = Readonly<Record<'ended' | 'lost' | 'refused' | 'downSeconds', number>>;

/**
 * One story of a service that ends and comes back again and again (a crash loop; several deployments): its restarts,
 * and the other times at which it refused everybody until it took connections again. At such a time few may be open, so
 * that none end together; what it closed in the middle of a request since it took the last one is of it, too.
 */
export function againAndAgain(
  service: Service, who: string, restarts: readonly Detected[], refused: readonly Facts[], closes: readonly Facts[],
  taken: Taken,
): Detected[] {
  const own = restarts.filter(({ numbers }) => numbers['refused']! > 0);
  if (own.length === 0) return [...restarts];
  const told = new Set(own.flatMap(({ members, beside }) => [...members, ...(beside ?? [])]));
  const left = refused.filter((facts) => !told.has(facts)).sort((a, b) => a.reset!.at - b.reset!.at);
  const back = (facts: Facts): Time => taken.firstBehind(facts.reset!.at);
  const spells = consecutive(left, (facts, [first]) => back(facts) === back(first)).map((spell) => {
    const from = spell[0].reset!.at;
    const cut = closes.filter(
      ({ closeAt, pending }) => pending && closeAt <= from && taken.firstBehind(closeAt) === back(spell[0]),
    );
    return { spell, cut: cut.filter((facts) => !told.has(facts)) };
  });
  // Of who is refused before anybody has been taken the service may not have begun yet.
  const count = own.length + spells.filter(({ spell }) => taken.between(-Infinity, spell[0].reset!.at) > 0).length;
  if (count < 2 && left.length === 0) return [...restarts];
  const sum = (of: keyof Numbers): number => own.reduce((total, { numbers }) => total + numbers[of]!, 0);
  const cut = spells.flatMap((one) => one.cut);
  const [ended, lost] = [sum('ended') + cut.length, sum('lost') + cut.length];
  const attempts = sum('refused') + left.length;
  const longest = Math.max(...own.map(({ numbers }) => numbers['downSeconds']!));
  const members = [...new Set([...own.flatMap((one) => one.members), ...cut])];
  const [first] = own as [Detected];
  const others = restarts.filter((one) => !own.includes(one));
  if (count < 2) return [...others, { ...first, beside: [...(first.beside ?? []), ...left] }];
  const isLoop = count > 2;
  return [
    ...others,
    {
      ...first, severity: 'error',
      message:
        `${who} was restarted, or crashed, ${count} times: ${several(ended, 'connection')} ended, ` +
        `${several(lost, 'request')} lost, ${several(attempts, 'attempt')} refused; it was away for up to ` +
        `${seconds(longest * SECOND)}.`,
      advice: [
        ...(isLoop
          ? [
              `See why ${place(service)} comes and goes: a process that is started again and again (\`systemctl ` +
                'status`, `kubectl describe pod`: CrashLoopBackOff).',
            ]
          : []),
        ...first.advice,
      ],
      numbers: { ended, lost, refused: attempts, downSeconds: longest, times: count },
      members, beside: [...new Set([...own.flatMap(({ beside }) => beside ?? []), ...left])],
      first: Math.min(...own.map((one) => one.first!), ...left.slice(0, 1).map(({ reset }) => reset!.at)),
      last: Math.max(...own.map((one) => one.last!), ...left.slice(-1).map(({ reset }) => reset!.at)),
    },
  ];
}
