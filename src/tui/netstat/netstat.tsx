import type { Analysis } from '../../analysis/model.js';
import type { Layout } from '../layout.js';
import { drawPreview, drawRows } from '../list/list.js';
import type { Matches } from '../list/source.js';
import type { ListState } from '../list/state.js';
import { Rows } from '../rows.js';
import type { Paint } from '../theme.js';
import { drawHeading } from './heading.js';
import type { Moment } from './moment.js';

export interface NetstatProps {
  readonly analysis: Analysis;
  readonly moment: Moment;
  /** The newest moment is shown, whichever that is. */
  readonly isNow: boolean;
  readonly list: ListState;
  readonly matches: Matches<unknown>;
  readonly layout: Layout;
  readonly paint: Paint;
}

/** The moment, and its sockets or how many there are for each service. */
export function Netstat(props: NetstatProps) {
  return <Rows lines={drawNetstat(props)} />;
}

export function drawNetstat({ analysis, moment, isNow, list, matches, layout, paint }: NetstatProps): string[] {
  const { columns: width, netstat: { height, preview } } = layout;
  const { header, lines, selected, position } = drawRows({ list, matches, height, width, paint });
  const filter = list.filter === '' ? '' : `“${list.filter}” `;
  return [
    ...drawHeading(analysis, moment, isNow, `${filter}${position}`, width, paint), header, ...lines,
    ...drawPreview(
      selected === null ? null : matches.source.preview(selected, width - 4, paint), preview, width, paint,
    ),
  ];
}
