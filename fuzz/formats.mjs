import { inflateRawSync } from 'node:zlib';

import { parquetMetadata, parquetReadObjects } from 'hyparquet';

const { reports } = await import('../dist/report/index.js');
const { parquet } = await import('../dist/report/parquet.js');
const { netstats } = await import('../dist/report/netstat.js');
const { usualChoices } = await import('../dist/report/choices.js');
const { tables } = await import('../dist/report/columns.js');
const { script } = await import('../dist/report/html/script.js');

const look = { color: false, width: 100 };

/** What a number looks like that was none. Names of the format that begin so are in no report. */
const NO_NUMBER = /undefined|\bNaN\b|Infinity|\[object |-?\d+\.\d*[a-z]{4}|\be\+\d/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** Elements of HTML that have no end. */
const VOID = new Set(['meta', 'link', 'br', 'img', 'hr', 'col', 'wbr']);

function broken(what, text) {
  throw new Error(`${what}: ${text.slice(0, 200)}`);
}

/**
 * Every element ends, inside of the one that it began in; every attribute is quoted; nothing of markup stands in text.
 */
function parseMarkup(text) {
  const open = [];
  const tag = /<!--[^]*?-->|<[!?][^>]*>|<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>|[<&]|[^<&]+/g;
  for (const [piece, end, name, , self] of text.matchAll(tag)) {
    if (piece === '<') broken('a < in text', text.slice(text.indexOf(piece)));
    if (name === undefined || self === '/' || VOID.has(name)) continue;
    if (end === '') open.push(name);
    else if (open.pop() !== name) broken(`</${name}> ends nothing`, text);
  }
  if (open.length > 0) broken(`<${open.at(-1)}> has no end`, text);
}

/**
 * A page without its script and what is carried for it, once both are what they should be: no other script, numbers
 * that are some, and ladders whose markup ends.
 */
function withoutScripts(text) {
  return text.replaceAll(/<script(?: type="text\/plain" id="([\w-]+)")?>([^]*?)<\/script>\n/g, (_, id, body) => {
    if (id === undefined) {
      if (body !== script) broken('another script', body);
      return '';
    }
    const carried = JSON.parse(inflateRawSync(Buffer.from(body, 'base64')).toString());
    if (id !== 'carried') for (const ladder of carried) parseMarkup(ladder);
    else if ([carried.first, carried.lasting, ...carried.lines.flat()].includes(null))
      broken('a number that is none', JSON.stringify(carried));
    return '';
  });
}

/** RFC 4180: rows of cells. */
function rowsOf(text) {
  return text
    .split('\r\n')
    .slice(0, -1)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, bare]) => quoted ?? bare),
    );
}

function parseCsv(text, columns) {
  const [header, ...rows] = rowsOf(text);
  if (header.length !== columns.length) broken('a header of another width', header.join());
  for (const row of rows) {
    if (row.length !== columns.length) broken('a row of another width', row.join());
    columns.forEach(({ type, name }, index) => {
      if (type !== 'text' && type !== 'boolean' && row[index] !== '' && !NUMBER.test(row[index]))
        broken(`no number in ${name}`, row[index]);
    });
  }
}

function parseLines(text) {
  for (const line of text.trimEnd().split('\n')) JSON.parse(line);
}

/** OpenMetrics 1.0, as far as lastack writes it. */
function parseMetrics(text) {
  if (!text.endsWith('# EOF\n')) broken('no end', text.slice(-50));
  for (const line of text.trimEnd().split('\n')) {
    if (!/^# (TYPE|UNIT|HELP|EOF)|^[a-z_]+(\{([a-z]+="([^"\\]|\\.)*",?)*\})? -?\d+(\.\d+)?(e[-+]?\d+)?$/.test(line))
      broken('no sample', line);
  }
}

/** How each format is held to what it promises. A number that is none is looked for in all of them. */
const parsers = {
  text: () => {},
  markdown: () => {},
  json: (text) => JSON.parse(text),
  sarif: (text) => JSON.parse(text),
  ndjson: parseLines,
  html: parseMarkup,
  junit: parseMarkup,
  openmetrics: parseMetrics,
};

export const FORMATS = [...Object.keys(reports), 'parquet', 'netstat'];

async function textOf(pieces) {
  let text = '';
  for (const piece of await pieces) text += String(piece);
  return text;
}

/** Writes a report and parses it. @throws Error where it is not what its format says */
export async function check(analysis, format, choice) {
  const table = choice.pick(Object.keys(tables));
  if (format === 'parquet') return checkParquet(analysis, table);
  if (format === 'netstat') return checkNetstat(analysis, choice);
  const report = await reports[format]();
  const whole = await textOf(report(analysis, look, { ...usualChoices, table }));
  const text = format === 'html' ? withoutScripts(whole) : whole;
  const wrong = NO_NUMBER.exec(text);
  if (wrong !== null && format !== 'sarif')
    broken(`${format} has a number that is none`, text.slice(Math.max(0, wrong.index - 80)));
  if (format === 'csv') parseCsv(text, tables[table].columns);
  else parsers[format](text);
  return undefined;
}

async function checkParquet(analysis, table) {
  const bytes = Buffer.concat([...parquet(analysis, table)]);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const rows = await parquetReadObjects({ file });
  const expected = [...tables[table].rows(analysis)].length;
  const { num_rows: told } = parquetMetadata(file);
  if (rows.length !== expected || Number(told) !== expected) broken('parquet', `${rows.length} rows of ${expected}`);
}

async function checkNetstat(analysis, choice) {
  const { first, last } = analysis.capture;
  if (first === null) return;
  const moments = [first, last, first + (last - first) / 2];
  const format = choice.pick(Object.keys(netstats));
  const text = await textOf(netstats[format](analysis, moments, look));
  const wrong = NO_NUMBER.exec(text);
  if (wrong !== null)
    broken(`netstat as ${format} has a number that is none`, text.slice(Math.max(0, wrong.index - 80)));
  if (format === 'json') JSON.parse(text);
  if (format === 'ndjson' && text !== '') parseLines(text);
}
