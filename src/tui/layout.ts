/** Columns and rows of everything, made from the size of the terminal. */
export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** Between the header and the footer. */
  readonly body: number;
  readonly list: {
    /** Rows of the list itself. */
    readonly height: number;
    /** Lines under it about the selected row, with the rule above them and an empty line below; 0 where there is no room. */
    readonly preview: number;
  };
  readonly flow: {
    /** Lines of each pane. */
    readonly height: number;
    /** Both panes stand side by side. */
    readonly isWide: boolean;
    readonly ladderWidth: number;
    readonly explanationWidth: number;
  };
}

/** Header and an empty line above, footer below. */
const HEADER = 2;
const FOOTER = 1;
/** Title of the list and names of its columns. */
const LIST_HEAD = 2;
/** Addresses, ending and verdict of the flow, and the line that names the panes. */
const FLOW_HEAD = 4;
/** From here on a ladder and an explanation fit side by side. */
const WIDE = 110;
/** Where a line of prose is still pleasant to read. */
const EXPLANATION = { least: 44, most: 84 };
const LADDER_MOST = 112;
/** Between the panes. */
export const DIVIDER = ' │ ';

export function layOutScreen(columns: number, rows: number): Layout {
  const body = Math.max(0, rows - HEADER - FOOTER);
  const preview = rows < 18 ? 0 : rows < 32 ? 7 : 9;
  const isWide = columns >= WIDE;
  const ladderWidth = isWide ? Math.min(LADDER_MOST, columns - EXPLANATION.least - DIVIDER.length) : columns;
  return {
    columns,
    rows,
    body,
    list: { height: Math.max(1, body - LIST_HEAD - preview), preview },
    flow: {
      height: Math.max(1, body - FLOW_HEAD),
      isWide,
      ladderWidth,
      explanationWidth: Math.min(EXPLANATION.most, isWide ? columns - ladderWidth - DIVIDER.length : columns - 2),
    },
  };
}
