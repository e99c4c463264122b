import type { Analysis } from '../analysis/model.js';
import type { Choices } from '../report/choices.js';
import { inert } from '../report/inert.js';
import { counted, socketAddress } from '../report/quantities.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';

/** Lines about what is new before the rest is only counted. */
const MOST_NEWS = 20;

/** What is new against the baseline. */
export type News = Pick<Choices, 'isNew' | 'isNewDiagnosis' | 'isNewDoubt'>;

export interface BaselineOptions {
  readonly baseline?: string | undefined;
  readonly strict?: boolean | undefined;
}

/**
 * What `--baseline` makes new; nothing is said without it. Read before the captures, so that a mistake is told at once.
 */
export async function readBaseline({ baseline, strict }: BaselineOptions): Promise<News> {
  if (baseline === undefined) {
    if (strict === true) throw new CommandError('--strict compares counts with a --baseline; name one');
    return { isNew: null, isNewDiagnosis: null, isNewDoubt: null };
  }
  const [{ newAgainst, newDiagnosisAgainst, newDoubtAgainst }, { readTally }] = await Promise.all([
    import('../compare/baseline.js'), import('../compare/read-report.js'),
  ]);
  const tally = await readTally(baseline);
  return {
    isNew: newAgainst(tally, strict === true), isNewDiagnosis: newDiagnosisAgainst(tally, strict === true),
    isNewDoubt: newDoubtAgainst(tally),
  };
}

/** On stderr, because the report is the data: what fails, of all that it tells. */
export function noteNews(
  { groups, diagnoses }: Analysis, { isNew, isNewDiagnosis }: News, baseline: string, host: Host,
): void {
  if (isNew === null) return;
  const news = [
    ...diagnoses
      .filter((diagnosis) => isNewDiagnosis?.(diagnosis) === true)
      .map(
        ({ severity, id, service, by, flows }) =>
          `${severity} ${id} at ${service === null ? inert(by.address) : socketAddress(service)}, ` +
          counted(flows, 'connection'),
      ),
    ...groups
      .filter(isNew)
      .map(
        ({ severity, finding, cause, service, flows }) =>
          `${severity} ${finding}${cause === null ? '' : ` (${cause})`} at ${socketAddress(service)}, ` +
          counted(flows, 'connection'),
      ),
  ];
  const against = `against ${inert(baseline)}`;
  if (news.length === 0) host.stderr.write(`lastack: nothing new ${against}\n`);
  for (const what of news.slice(0, MOST_NEWS)) host.stderr.write(`lastack: new ${against}: ${what}\n`);
  if (news.length > MOST_NEWS) host.stderr.write(`lastack: and ${counted(news.length - MOST_NEWS, 'group')} more\n`);
}
