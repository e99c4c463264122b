import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run test:kernel -- [OPTION]...
  --seed N         the scenarios that are drawn (default: a random one, printed)
  --scenarios N    how many of them (default 260)
  --duration S     seconds of the recording (default 75)
  --loss PERCENT   segments lost in the router, 0 to 5 (default 0)
  --delay MS       how long a packet takes from the client to the router, 0 to 15 (default 0)
  --tap WHERE      mid: the router's leg to the server; client: the client's own interface (default mid)
  --late S         the capture begins so many seconds after the traffic (default 0)
  --rounds N       so many recordings with seeds from --seed on and losses 0, 1 … 5 %, and a table of their spread
  --keep DIR       keep the recording in DIR; with --rounds, each in a folder of its own in there
  --show N         list so many of each kind of disagreement (default 0)`;

const NUMBERS = {
  seed: { from: 0, to: 2 ** 32 - 1, whole: true },
  scenarios: { from: 1, to: 5000, whole: true, otherwise: 260 },
  duration: { from: 20, to: 600, otherwise: 75 },
  loss: { from: 0, to: 5, otherwise: 0 },
  delay: { from: 0, to: 15, otherwise: 0 },
  late: { from: 0, to: 300, otherwise: 0 },
  rounds: { from: 1, to: 100, whole: true, otherwise: 1 },
  show: { from: 0, to: 1000, whole: true, otherwise: 0 },
};

/**
 * What the command line asks for; an Error says which option is wrong, and how. Seed is undefined where none was given.
 */
export function parseOptions(words) {
  const names = [...Object.keys(NUMBERS), 'tap', 'keep'];
  const { values } = parseArgs({
    args: words, options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  });
  const options = { tap: values.tap ?? 'mid', keep: values.keep };
  for (const [name, range] of Object.entries(NUMBERS)) options[name] = number(name, values[name], range);
  if (!['mid', 'client'].includes(options.tap)) throw new Error(`--tap ${options.tap}: it is mid or client`);
  if (options.late >= options.duration)
    throw new Error(`--late ${options.late}: the recording is over after ${options.duration} s`);
  return options;
}

function number(name, word, { from, to, whole, otherwise }) {
  if (word === undefined) return otherwise;
  const value = Number(word);
  if (word.trim() !== '' && value >= from && value <= to && (!whole || Number.isInteger(value))) return value;
  throw new Error(`--${name} ${word}: ${whole ? 'a whole number' : 'a number'} from ${from} to ${to}`);
}
