import { expect, it } from 'vitest';
import { drawTable, type Column } from '../../../src/tui/list/columns.js';

const plain = (_role: string, text: string): string => text;
interface Row { readonly name: string; readonly count: number; readonly note: string }

const columns: readonly Column<Row>[] = [
  { header: 'NAME', width: 6, text: ({ name }) => name },
  { header: 'COUNT', width: 5, fit: 'right', text: ({ count }) => String(count) },
  { header: 'NOTE', width: 10, drop: 1, text: ({ note }) => note },
];
const rows = [{ name: 'leak', count: 312, note: 'often' }, { name: 'never-accepted', count: 4, note: '' }];

it('is as wide as its rows need, with a mark at the selected one', () => {
  expect(drawTable(columns, rows, 1, 40, plain)).toEqual({
    header: '  NAME            COUNT  NOTE           ',
    lines: ['  leak              312  often     ', '› never-accepted      4                 '],
  });
});

it('leaves out what may be left out, then cuts the widest', () => {
  expect(drawTable(columns, rows, 1, 30, plain).header).toBe('  NAME            COUNT       ');
  expect(drawTable(columns, rows, 0, 18, plain).lines).toEqual(['› leak         312', '  never-ac…      4']);
});

it('leaves out a drawing that it would have to cut', () => {
  const drawn: readonly Column<Row>[] = [
    ...columns.slice(0, 2), { header: 'WHEN', width: 12, isDrawing: true, text: () => '▇·▇·▇·▇·▇·▇·' },
  ];
  expect(drawTable(drawn, rows, -1, 37, plain).lines[0]).toBe('  leak              312  ▇·▇·▇·▇·▇·▇·');
  expect(drawTable(drawn, rows, -1, 35, plain).lines[1]).toBe('  never-accep…      4  ▇·▇·▇·▇·▇·▇·');
  expect(drawTable(drawn, rows, -1, 30, plain).lines[1]).toBe('  never-accepted      4');
});

it('stays aligned beside wide characters, and shows escape sequences as text', () => {
  const { lines } = drawTable(
    columns,
    [
      { name: '漢字漢字', count: 1, note: '' }, { name: '\u001B[2J', count: 2, note: '' },
    ],
    -1, 40, plain,
  );
  expect(lines).toEqual(['  漢字漢字      1            ', String.raw`  \x1b[2J       2            `]);
});

it('cuts what may be cut before it leaves others out, and no further than that', () => {
  const cut: readonly Column<Row>[] = [{ ...columns[0]!, least: 8 }, columns[1]!, columns[2]!];
  expect(drawTable(cut, rows, -1, 33, plain).lines[1]).toBe('  never-accep…      4            ');
  expect(drawTable(cut, rows, -1, 29, plain).lines[1]).toBe('  never-a…      4            ');
  // Then as before: without the last, and with all of the first again.
  expect(drawTable(cut, rows, -1, 28, plain).lines[1]).toBe('  never-accepted      4');
});
