import type { Analysis, Group } from '../analysis/model.js';
import { inert } from '../report/inert.js';
import { counted, socketAddress } from '../report/quantities.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';

/** Lines about what is new before the rest is only counted. */
const MOST_NEWS = 20;

export interface BaselineOptions {
  readonly baseline?: string | undefined;
  readonly strict?: boolean | undefined;
}

/** What `--baseline` makes new; null without it. Read before the captures, so that a mistake is told at once. */
export async function readBaseline({ baseline, strict }: BaselineOptions): Promise<((group: Group) => boolean) | null> {
  if (baseline === undefined) {
    if (strict === true) throw new CommandError('--strict compares counts with a --baseline; name one');
    return null;
  }
  const [{ newAgainst }, { readTally }] = await Promise.all([import('../compare/baseline.js'), import('../compare/read-report.js')]);
  return newAgainst(await readTally(baseline), strict === true);
}

/** On stderr, because the report is the data: what fails, of all that it tells. */
export function noteNews({ groups }: Analysis, isNew: (group: Group) => boolean, baseline: string, host: Host): void {
  const news = groups.filter(isNew);
  const against = `against ${inert(baseline)}`;
  if (news.length === 0) host.stderr.write(`lastack: nothing new ${against}\n`);
  for (const { severity, finding, cause, service, flows } of news.slice(0, MOST_NEWS)) {
    host.stderr.write(`lastack: new ${against}: ${severity} ${finding}${cause === null ? '' : ` (${cause})`} at ${socketAddress(service)}, ${counted(flows, 'connection')}\n`);
  }
  if (news.length > MOST_NEWS) host.stderr.write(`lastack: and ${counted(news.length - MOST_NEWS, 'group')} more\n`);
}
