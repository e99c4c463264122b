import { filled } from '../text/filled.js';
import { fit } from '../text/fit.js';
import type { Paint } from '../theme.js';
import { flowColumns } from './columns.js';
import type { ColumnChoice } from './state.js';
import type { Analysis } from '../../analysis/model.js';

/** The columns that flows can have: which are shown, and which sorts them. */
export function drawChoice(
  analysis: Analysis, { hidden, sort }: ColumnChoice, selected: number, width: number, height: number, paint: Paint,
): string[] {
  const lines = flowColumns(analysis).map(({ header, description }, index) => {
    const arrow = sort?.column !== header ? ' ' : sort.isDescending ? '▼' : '▲';
    const text = `${index === selected ? '›' : ' '} [${hidden.has(header) ? ' ' : '×'}] ${arrow} ${fit(header, 13)} ` +
      description;
    return index === selected
      ? paint('selected', fit(text, width))
      : paint(hidden.has(header) ? 'muted' : 'plain', fit(text, width));
  });
  return filled([paint('title', fit('  Columns of the flows', width)), '', ...lines], height);
}
