/**
 * Holds lastack against cases whose truth is known: published traces, cuts of public captures, recordings of real
 * software.
 *
 *   npm run test:world -- [SET | SET/NAME]...     default: all of ../shared/world, public and software
 *
 * What must be said of each stands in test/world/expected/SET/NAME.json (its fields: test/world/README.md), written
 * from the account of the case and never from what lastack says. Prints a line a case with what is missing, and
 * `N of M`. A case that docs/accuracy.md names (`SET/NAME`) as one that packets cannot show is told and does not count.
 * One whose expectation says `notYet` counts as not told. Exit status: 0 all others hold and each of those two kinds
 * still fails, 1 else or where a case has no expectation, 2 an expectation that cannot be read.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkExpectation, judge } from './judge.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const shared = path.resolve(root, '../shared');
const expected = path.join(root, 'test/world/expected');
const lastack = path.join(root, 'dist/cli/main.js');
const SETS = ['world', 'public', 'software'];
const CAPTURE = /\.(pcapng|pcap|cap|dmp)(\.(gz|zst|lz4))?$/;
/** Two at a time: a case is mostly the start of a process. */
const AT_ONCE = 2;

const wanted = process.argv.slice(2);
const undecidable = readFileSync(path.join(root, 'docs/accuracy.md'), 'utf8');
const cases = SETS.flatMap(casesOf).filter(
  ({ set, name }) => wanted.length === 0 || wanted.some((want) => want === set || want === `${set}/${name}`),
);
const totals = { right: 0, of: 0, gaps: 0, outdated: 0, undecidable: 0, skipped: 0, unread: 0 };

/** Every case that has an account, an expectation, or both. */
function casesOf(set) {
  const folder = path.join(shared, set);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const captures = new Map(
    files.filter((file) => CAPTURE.test(file)).map((file) => [file.replace(CAPTURE, ''), path.join(folder, file)]),
  );
  const expectations = existsSync(path.join(expected, set))
    ? readdirSync(path.join(expected, set))
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.slice(0, -'.json'.length))
    : [];
  const names = [...new Set([...captures.keys(), ...expectations])].sort((a, b) => (a < b ? -1 : 1));
  return names.map((name) => ({
    set,
    name,
    capture: captures.get(name) ?? null,
    expectation: expectations.includes(name) ? path.join(expected, set, `${name}.json`) : null,
  }));
}

/**
 * What lastack says: its records, its text report, and the exit status of the report. Of a copy without a name:
 * reports show the name of the file, which often tells the case.
 */
async function ask(capture) {
  const folder = mkdtempSync(path.join(tmpdir(), 'lastack-world-'));
  try {
    const copy = path.join(folder, 'case');
    copyFileSync(capture, copy);
    const [ndjson, text] = [await report(copy, 'ndjson'), await report(copy, 'text')];
    const records = ndjson.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
    return { records, text: text.stdout.replaceAll(folder, ''), exit: text.exit };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function report(capture, format) {
  try {
    const { stdout } = await run(process.execPath, [lastack, 'report', capture, '-f', format], { maxBuffer: 1 << 30 });
    return { stdout, exit: 0 };
  } catch (error) {
    if (error.code !== 1)
      throw new Error(`lastack report -f ${format} ended with ${error.code ?? error.signal}: ${error.stderr}`, {
        cause: error,
      });
    return { stdout: error.stdout, exit: 1 };
  }
}

async function tell({ set, name, capture, expectation }) {
  const title = `${set}/${name}`;
  if (capture === null) {
    totals.skipped++;
    return [`skip  ${title}: no capture in ../shared/${set}`];
  }
  if (expectation === null) {
    totals.of++;
    return [`FAIL  ${title}`, '        no expectation in test/world/expected'];
  }
  let wants;
  try {
    wants = JSON.parse(readFileSync(expectation, 'utf8'));
    checkExpectation(wants);
  } catch (error) {
    totals.unread++;
    return [`ERROR ${title}: ${error.message}`];
  }
  const missing = judge(wants, await ask(capture));
  const named = undecidable.includes(`\`${title}\``);
  if (missing.length === 0) {
    totals.of++;
    totals.right++;
    if (!named && wants.notYet === undefined) return [`ok    ${title}`];
    totals.outdated++;
    return [
      `FAIL  ${title}: is told, though ${named ? 'docs/accuracy.md' : 'its expectation (notYet)'} says that it is ` +
        `not`,
    ];
  }
  const details = missing.map((line) => `        ${line}`);
  if (named) {
    totals.undecidable++;
    return [`known ${title}`, ...details];
  }
  totals.of++;
  if (wants.notYet === undefined) return [`FAIL  ${title}`, ...details];
  totals.gaps++;
  return [`gap   ${title}: ${wants.notYet}`, ...details];
}

for (let i = 0; i < cases.length; i += AT_ONCE) {
  for (const lines of await Promise.all(cases.slice(i, i + AT_ONCE).map((each) => tell(each))))
    console.log(lines.join('\n'));
}
if (!existsSync(shared)) console.log('../shared is not here: no case was run');
console.log(
  `${totals.right} of ${totals.of}, ${totals.gaps} known gaps, ` +
    `${totals.undecidable} that packets cannot show, ${totals.skipped} skipped`,
);
const isAsKnown = totals.right + totals.gaps === totals.of && totals.outdated === 0;
process.exitCode = totals.unread > 0 ? 2 : isAsKnown ? 0 : 1;
