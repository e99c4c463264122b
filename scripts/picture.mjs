// A picture of the screen, from a real run: node scripts/picture.mjs NAME COLUMNSxROWS 'KEYS' -- ARGUMENTS
//
// Runs the built program in a pseudo-terminal, presses KEYS (separated by spaces: Enter Tab Down j / text …) and writes
// what a terminal would show as docs/pictures/NAME.svg.
import { mkdirSync, writeFileSync } from 'node:fs';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

const KEYS = {
  Enter: '\r', Esc: '\u001B', Tab: '\t', Space: ' ', Backspace: '\u007F', Up: '\u001B[A', Down: '\u001B[B',
  Right: '\u001B[C', Left: '\u001B[D', PgUp: '\u001B[5~', PgDn: '\u001B[6~', Home: '\u001B[H', End: '\u001B[F',
};
/** Milliseconds without output after which the screen has come to rest. */
const QUIET = 300;

/** Milliseconds without output while the capture is read, when the screen may pause for longer. */
const FIRST_QUIET = 2500;

/** The sixteen colours, the page and the text of a calm dark terminal. */
const PALETTE = [
  '#21262d', '#f0716b', '#63b97a', '#d6a24a', '#6ca6f0', '#b58be0', '#58b8c4', '#c4ccd4',
  '#7d8894', '#ff8f88', '#7fd196', '#e8ba68', '#8bbcff', '#cba8f0', '#76d0dc', '#ffffff',
];
const PAGE = '#12171d';
const TEXT = '#d5dbe1';

const BRAILLE = /[\u2800-\u28FF]/g;
/** Column and row of each dot of a Braille character, by its bit. */
const DOTS = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [0, 3], [1, 3]];

const CELL = { width: 8.4, height: 18, font: 14 };
const MARGIN = 16;
const BAR = 34;

async function main([name, size, keys, separator, ...args]) {
  const match = /^(\d+)x(\d+)$/.exec(size ?? '');
  if (match === null || separator !== '--' || !/^[\w-]+$/.test(name)) {
    throw new Error("usage: node scripts/picture.mjs NAME COLUMNSxROWS 'KEYS' -- ARGUMENTS");
  }
  const terminal = await run(Number(match[1]), Number(match[2]), keys.split(' ').filter((key) => key !== ''), args);
  mkdirSync('docs/pictures', { recursive: true });
  const file = `docs/pictures/${name}.svg`;
  writeFileSync(file, draw(terminal, `lastack ${args.join(' ')}`));
  process.stdout.write(`${file}\n`);
}

/** The terminal as it stands after all keys. */
async function run(columns, rows, keys, args) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const { CI: _ci, CONTINUOUS_INTEGRATION: _too, NO_COLOR: _colours, ...env } = process.env;
  const program = spawn(process.execPath, ['dist/cli/main.js', ...args], {
    name: 'xterm-256color', cols: columns, rows, env: { ...env, COLORTERM: 'truecolor' },
  });
  let restAt = Date.now() + FIRST_QUIET;
  const ended = new Promise((resolve) => program.onExit(resolve));
  program.onData((data) => {
    restAt = Math.max(restAt, Date.now() + QUIET);
    terminal.write(data);
  });
  const rest = async () => {
    while (Date.now() < restAt) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => terminal.write('', resolve));
  };
  await rest();
  for (const key of keys) {
    restAt = Date.now() + QUIET;
    program.write(KEYS[key] ?? key);
    await rest();
  }
  const lines = snapshot(terminal);
  program.kill('SIGTERM');
  await ended;
  return { columns, rows, lines };
}

/** Rows of runs of equal looks: { text, from, columns, color, background, bold }. */
function snapshot(terminal) {
  const buffer = terminal.buffer.active;
  return Array.from({ length: terminal.rows }, (_, y) => {
    const line = buffer.getLine(buffer.baseY + y);
    const runs = [];
    for (let x = 0; x < terminal.cols; x++) {
      const cell = line.getCell(x);
      if (cell.getWidth() === 0) continue;
      const look = looksOf(cell);
      const last = runs.at(-1);
      const isSame =
        last !== undefined && last.color === look.color && last.background === look.background &&
        last.bold === look.bold;
      if (isSame) {
        last.text += cell.getChars() || ' ';
        last.columns += cell.getWidth();
      } else {
        runs.push({ text: cell.getChars() || ' ', from: x, columns: cell.getWidth(), ...look });
      }
    }
    return runs;
  });
}

function looksOf(cell) {
  const color = cell.isFgDefault() ? TEXT : colorOf(cell.getFgColor(), cell.isFgRGB());
  const background = cell.isBgDefault() ? null : colorOf(cell.getBgColor(), cell.isBgRGB());
  const bold = cell.isBold() !== 0;
  return cell.isInverse() ? { color: background ?? PAGE, background: color, bold } : { color, background, bold };
}

/** Palette numbers as xterm has them: 16 of the terminal's, a cube of 6x6x6, 24 greys. */
function colorOf(number, isRgb) {
  if (isRgb) return `#${number.toString(16).padStart(6, '0')}`;
  if (number < 16) return PALETTE[number];
  const cube = number - 16;
  const parts = number < 232
    ? [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]
    : Array(3).fill(8 + 10 * (number - 232));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function level(step) {
  return step === 0 ? 0 : 55 + 40 * step;
}

function draw({ columns, rows, lines }, title) {
  const width = columns * CELL.width + 2 * MARGIN;
  const height = rows * CELL.height + BAR + MARGIN;
  const cells = lines.flatMap((runs, y) => runs.flatMap((part) => drawRun(part, BAR + y * CELL.height)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${height}" width="${round(width)}" height="${height}" role="img" aria-label="${escape(title)}">
<rect width="100%" height="100%" rx="9" fill="${PAGE}"/>
<g fill="#3a434d"><circle cx="20" cy="17" r="5"/><circle cx="38" cy="17" r="5"/><circle cx="56" cy="17" r="5"/></g>
<g font-family="'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="${CELL.font}" xml:space="preserve">
<text x="${round(width / 2)}" y="21" text-anchor="middle" fill="#7d8894" font-size="12">${escape(title)}</text>
${cells.join('\n')}
</g>
</svg>
`;
}

function drawRun({ text, from, columns, color, background, bold }, y) {
  const x = MARGIN + from * CELL.width;
  const parts = background === null
    ? []
    : [`<rect x="${round(x)}" y="${y}" width="${round(columns * CELL.width)}" height="${CELL.height}" ` +
      `fill="${background}"/>`];
  parts.push(...drawBraille(text, x, y, color));
  // Words are placed one by one: a font of another width then shifts no column.
  for (const word of text.replace(BRAILLE, ' ').matchAll(/\S+(?: \S+)*/gu)) {
    const start = x + word.index * CELL.width;
    const length = Array.from(word[0]).length * CELL.width;
    parts.push(`<text x="${round(start)}" y="${round(y + CELL.height * 0.74)}" textLength="${round(length)}" ` +
      `fill="${color}"${bold ? ' font-weight="bold"' : ''}>${escape(word[0])}</text>`);
  }
  return parts;
}

/** Few fonts have Braille characters of the width of the others: their dots are drawn as dots. */
function drawBraille(text, x, y, color) {
  let dots = '';
  for (const { 0: character, index } of text.matchAll(BRAILLE)) {
    for (let bit = 0; bit < 8; bit++) {
      if ((character.charCodeAt(0) & (1 << bit)) === 0) continue;
      const [column, row] = DOTS[bit];
      dots += `M${round(x + (index + 0.27 + 0.46 * column) * CELL.width)} ` +
        `${round(y + (0.14 + 0.24 * row) * CELL.height)}h0`;
    }
  }
  return dots === ''
    ? []
    : [`<path d="${dots}" stroke="${color}" stroke-width="2.4" stroke-linecap="round" fill="none"/>`];
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function escape(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

await main(process.argv.slice(2));
