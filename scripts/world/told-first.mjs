/**
 * What the report says first of each recording whose expectation (test/world/expected) asks for a diagnosis: the table
 * of docs/diagnoses/README.md.
 *
 *   node scripts/world/told-first.mjs            writes it, where ../shared is there
 *   node scripts/world/told-first.mjs --software DIR   and the table of recordings that test:software kept in DIR
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const shared = path.resolve(root, '../shared');
const expected = path.join(root, 'test/world/expected');
const PAGE = path.join(root, 'docs/diagnoses/README.md');
const CAPTURE = /\.(pcapng|pcap|cap|dmp)(\.(gz|zst|lz4))?$/;
const SETS = ['software', 'world'];

/** Lines of a report that are read by somebody in a hurry. */
const FIRST = 3;

/** Recordings of which a diagnosis of weight is expected: `{ set, name, capture }`. */
export function storied() {
  return SETS.flatMap((set) => {
    const folder = path.join(shared, set);
    const captures = existsSync(folder) ? readdirSync(folder).filter((file) => CAPTURE.test(file)) : [];
    return readdirSync(path.join(expected, set))
      .filter((file) => isStoried(JSON.parse(readFileSync(path.join(expected, set, file), 'utf8'))))
      .map((file) => file.replace(/\.json$/, ''))
      .flatMap((name) => {
        const capture = captures.find((file) => file.replace(CAPTURE, '') === name);
        return capture === undefined ? [] : [{ set, name, capture: path.join(folder, capture) }];
      });
  });
}

function isStoried({ diagnoses = [] }) {
  return diagnoses.some(({ severity }) => severity !== 'info');
}

/** The first diagnosis of an analysis and the first lines of its report; `diagnosis` is null where there is none. */
export async function toldFirst({ analyze, render }, capture) {
  const analysis = await analyze([capture]);
  let text = '';
  for await (const piece of render(analysis, 'text')) {
    text += piece;
    if (text.length > 4096) break;
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return {
    diagnosis: analysis.diagnoses[0] ?? null,
    lines: lines
      .slice(0, FIRST)
      .map((line) => line.trim())
      .join(' '),
  };
}

/** What the first lines lack of who, the number, and what to change; none where all is there. */
export function lacks({ diagnosis, lines }) {
  if (diagnosis === null) return ['a diagnosis'];
  const who = [diagnosis.by.address, diagnosis.service?.address].filter((address) => address !== undefined);
  return [
    ...(who.some((address) => lines.includes(address)) ? [] : ['who']),
    ...(/\d+(\.\d+)? s\b|\b\d+ (of|connections?|handshakes?|requests?|TLS)\b/.test(lines) ? [] : ['the number']),
    ...(diagnosis.severity === 'info' || lines.includes('> ') ? [] : ['what to change']),
  ];
}

/** Settings that an advice names. */
function settings({ advice }) {
  const named = [...(advice[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, setting]) => `\`${setting}\``);
  return named.length === 0 ? '' : named.slice(0, 4).join(', ');
}

const row = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** The table, a row a recording; `named` tells what stands in its first cell. */
export async function tableOf(library, recordings, named) {
  const rows = [];
  for (const recording of recordings) {
    const { diagnosis } = await toldFirst(library, recording.capture);
    rows.push(
      diagnosis === null
        ? row([named(recording), 'nothing of many connections: its findings', ''])
        : row([named(recording), `${diagnosis.id}: ${diagnosis.message}`, settings(diagnosis)]),
    );
  }
  return ['| recording | what the report says first | settings named |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The page with `table` between the marks of `part`. */
export function withTable(page, part, table) {
  const [begin, end] = [`<!-- ${part}: made by scripts/world/told-first.mjs -->`, `<!-- end of ${part} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for ${part}`);
  return `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`;
}

/** Recordings that test:software kept, the stories first. */
function kept(folder) {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.truth.json'))
    .map((file) => file.replace('.truth.json', ''));
  return names.sort().map((name) => {
    const { healthy, story } = JSON.parse(readFileSync(path.join(folder, `${name}.truth.json`), 'utf8'));
    return { name, healthy, story, capture: path.join(folder, `${name}.pcap`) };
  });
}

async function main(args) {
  const library = await import(pathToFileURL(path.join(root, 'dist/index.js')).href);
  let page = readFileSync(PAGE, 'utf8');
  if (existsSync(shared)) page = withTable(page, 'recordings', await tableOf(library, storied(), ({ name }) => name));
  else console.log('../shared is not here: its table stays as it is');
  const at = args.indexOf('--software');
  if (at >= 0) {
    const { SCENARIOS } = await import('../../test/software/scenarios/index.mjs');
    const known = new Set(SCENARIOS.filter(({ healthy }) => !healthy).map(({ name }) => name));
    const recordings = kept(args[at + 1]).filter(({ name }) => known.has(name));
    page = withTable(
      page,
      'software',
      await tableOf(library, recordings, ({ name, story }) => `**${name}**: ${story}`),
    );
  }
  writeFileSync(PAGE, page);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
