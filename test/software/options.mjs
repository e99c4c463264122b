import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run test:software -- [OPTION]... [SCENARIO]...
  SCENARIO        only these; all without any
  --quick         the few that .ci/run records: nginx, haproxy, redis and node, in some 90 seconds
  --jobs N        so many at once (default 4)
  --keep DIR      keep recording, truth and page of each scenario in DIR
  --judge DIR     judge the recordings that were kept in DIR, and record nothing
  --list          all scenarios and what must be told, as the table of README.md`;

/** What the command line asks for; an Error says what is wrong with it. */
export function parseOptions(words, known) {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean' },
      list: { type: 'boolean' },
      jobs: { type: 'string' },
      keep: { type: 'string' },
      judge: { type: 'string' },
    },
  });
  const jobs = Number(values.jobs ?? 4);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 16)
    throw new Error(`--jobs ${values.jobs}: a whole number from 1 to 16`);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no scenario is called ${unknown.join(', ')}`);
  return {
    quick: values.quick === true,
    list: values.list === true,
    jobs,
    keep: values.keep,
    judge: values.judge,
    names: positionals,
  };
}
