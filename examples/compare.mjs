// What a fix changed, in connections per thousand; exit status 1 if something got worse:
//
//     node examples/compare.mjs before.pcapng after.pcapng
import { analyze, compare, tallyOf } from 'lastack';

const [before, after] = process.argv.slice(2);
const services = compare(tallyOf(await analyze([before])), tallyOf(await analyze([after])));
for (const { service, changes } of services) {
  for (const { outcome, finding, cause, before: earlier, after: later } of changes) {
    console.log(
      `${outcome.padEnd(6)} ${service} ${finding}${cause === null ? '' : ` (${cause})`}: ${rate(earlier)} -> ` +
        `${rate(later)} per thousand`,
    );
    if (outcome === 'new' || outcome === 'worse') process.exitCode = 1;
  }
}

/** Null where there is no connection to count by. */
function rate({ perThousand }) {
  return perThousand === null ? '?' : perThousand.toFixed(1);
}
