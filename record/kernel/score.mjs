import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const scorer = fileURLToPath(new URL('../../test/truth/score.py', import.meta.url));
const lastack = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How score.py prints each figure: percent, but for `contradicted`, a count. */
const FIGURES = {
  sequences: /^sequences\s+([\d.]+)/m,
  timing: /^timing\s+([\d.]+)/m,
  resets: /^resets\s+([\d.]+)/m,
  contradicted: /^certain\s+(\d+)/m,
  netstat: /^netstat\s+([\d.]+)/m,
  findings: /^findings\s+([\d.]+)/m,
  quiet: /healthy and quiet ([\d.]+)/m,
};

/**
 * Some five points below the lowest that any recording of docs/accuracy.md has reached, in percent; of the few healthy
 * scenarios, one or two. The draw of the scenarios, losses and a busy machine move a figure by less, so what falls
 * below is a fault.
 */
const LOWEST = { sequences: 91, timing: 92, resets: 74, netstat: 90, findings: 88, quiet: 80 };

/** What may not be, in words. */
export function farTooLow(figures) {
  const low = Object.entries(LOWEST)
    .filter(([name, lowest]) => figures[name] < lowest)
    .map(([name, lowest]) => `${name} ${figures[name]} %, and ${lowest} % is the least`);
  return figures.contradicted > 0 ? [`${figures.contradicted} told as certain, and wrong`, ...low] : low;
}

/**
 * Holds lastack against the recording: the words of score.py and the figures in them. NaN where a recording has nothing
 * to say of one.
 */
export function score(folder, show) {
  const args = [scorer, folder, '--lastack', `'${process.execPath}' '${lastack}'`, '--show', String(show)];
  const { status, stdout, stderr } = spawnSync('python3', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`score.py has failed: ${stderr.trim()}`);
  return {
    words: stdout,
    figures: Object.fromEntries(
      Object.entries(FIGURES).map(([name, pattern]) => [name, Number(pattern.exec(stdout)?.[1] ?? Number.NaN)]),
    ),
  };
}

/** The spread of several recordings' figures, as a Markdown table. */
export function spreadTable(all) {
  const rows = Object.keys(FIGURES).map((name) => {
    const values = all
      .map((figures) => figures[name])
      .filter((value) => !Number.isNaN(value))
      .sort((one, other) => one - other);
    if (values.length === 0) return [name, 'none', 'none', 'none'];
    const unit = name === 'contradicted' ? '' : ' %';
    return [name, ...[values[0], median(values), values.at(-1)].map((value) => `${value}${unit}`)];
  });
  return markdown(['figure', 'min', 'median', 'max'], rows);
}

/** Every recording with what it was and what came of it, as a Markdown table. */
export function roundsTable(rounds) {
  const names = Object.keys(FIGURES);
  return markdown(
    ['seed', 'loss', 'tap', 'late', ...names],
    rounds.map(({ seed, loss, tap, late, figures }) => [
      seed, `${loss} %`, tap, `${late} s`, ...names.map((name) => figures[name]),
    ]),
  );
}

/** Of numbers in order; of an even count the mean of the two in the middle. */
function median(values) {
  const middle = values.length / 2;
  return Number(((values[Math.ceil(middle) - 1] + values[Math.floor(middle)]) / 2).toFixed(2));
}

function markdown(header, rows) {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
