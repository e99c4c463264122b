import { DIVIDER, FLOW_HEAD, HEADER, layOutScreen, type Layout } from '../layout.js';

/** Lines and columns of a pane. */
export interface PaneLayout {
  readonly width: number;
  readonly height: number;
}

/** The panes of one connection. */
export interface PairLayout {
  /** Side by side, one above the other, or one at a time. */
  readonly kind: 'beside' | 'stacked' | 'single';
  readonly ladder: PaneLayout;
  readonly explanation: PaneLayout;
}

/** How long each of them is. */
export interface PairLines {
  readonly ladder: number;
  readonly explanation: number;
}

/** From here on a ladder at two taps and prose fit side by side. */
const WIDE = 180;
/** From here on both fit one above the other. */
const HIGH = 32;
const LADDER_MOST = 130;
const EXPLANATION_MOST = 100;
/** Share of the lines that the explanation has above the ladder, where both need more than there is. */
const SHARE = 0.42;

/** Lines about a connection that has much to say. */
const MOST_PREVIEW = 12;

/**
 * A screen whose header takes `header` lines and an empty one below. What a list of `listed` rows does not need goes to
 * what is said of the selected one.
 */
export function layOutBetween(columns: number, rows: number, header: number, listed = Infinity): Layout {
  const layout = layOutScreen(columns, rows - Math.max(0, header + 1 - HEADER));
  const { height, preview } = layout.list;
  const more = preview === 0 ? 0 : Math.max(0, Math.min(height - listed - 1, MOST_PREVIEW - preview));
  return { ...layout, list: { height: height - more, preview: preview + more } };
}

/** `lines` are those that each pane has to show, at the width that it has in any case. */
export function layOutPair(
  { columns, rows, body }: Layout, lines: PairLines = { ladder: 0, explanation: 0 },
): PairLayout {
  const height = Math.max(1, body - FLOW_HEAD);
  if (columns >= WIDE) {
    const width = Math.min(LADDER_MOST, columns - DIVIDER.length - 50);
    return {
      kind: 'beside', ladder: { width, height },
      explanation: { width: Math.min(EXPLANATION_MOST, columns - width - DIVIDER.length), height },
    };
  }
  const prose = Math.min(EXPLANATION_MOST, columns - 2);
  if (rows < HIGH)
    return { kind: 'single', ladder: { width: columns, height }, explanation: { width: prose, height } };
  // An empty line stands between the panes.
  const above = Math.min(lines.explanation, Math.max(Math.floor((height - 1) * SHARE), height - 1 - lines.ladder));
  return {
    kind: 'stacked', ladder: { width: columns, height: height - 1 - above },
    explanation: { width: prose, height: above },
  };
}
