import type { Context } from './keys.js';

/** Columns and rows of everything, made from the size of the terminal. */
export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** Between the header and the footer. */
  readonly body: number;
  readonly list: ListLayout;
  readonly triage: {
    readonly groups: number;
    /** Lines about the selected row, with the rule above them. */
    readonly preview: number;
    readonly services: { readonly height: number; readonly width: number };
    /** Services and chart stand side by side. */
    readonly isWide: boolean;
    /** `lines` of Braille for each state. */
    readonly chart: { readonly lines: number; readonly width: number };
  };
  readonly netstat: ListLayout;
  readonly flow: {
    /** Lines of each pane. */
    readonly height: number;
    /** Both panes stand side by side. */
    readonly isWide: boolean;
    readonly ladderWidth: number;
    readonly explanationWidth: number;
  };
}

export interface ListLayout {
  /** Rows of the list itself. */
  readonly height: number;
  /**
   * Lines under it about the selected row, with the rule above them and an empty line below; 0 where there is no room.
   */
  readonly preview: number;
}

/** Header and an empty line above, footer below. */
export const HEADER = 2;
const FOOTER = 1;
/** Title of the list and names of its columns. */
export const LIST_HEAD = 2;
/** Title of the moment, ruler, states and names of the columns. */
export const NETSTAT_HEAD = 4;
/** Addresses, ending and verdict of the flow, and the line that names the panes. */
export const FLOW_HEAD = 4;
/** States in the chart of populations. */
export const CHARTED = 4;
/** From here on two panes fit side by side. */
const WIDE = 110;
/** Where a line of prose is still pleasant to read. */
const EXPLANATION = { least: 44, most: 84 };
const LADDER_MOST = 112;
/** Part of the width that services have where the chart stands beside them. */
const SERVICES_SHARE = 0.6;
/** More lines for a state say no more. */
const MOST_BRAILLE = 4;
/** Between the panes. */
export const DIVIDER = ' │ ';

/** Lines that the lists of the first screen have, of which a large screen makes its panes as high as they need. */
export interface TriageRows {
  readonly groups: number;
  readonly services: number;
}

export function layOutScreen(columns: number, rows: number, content: TriageRows | null = null): Layout {
  const body = Math.max(0, rows - HEADER - FOOTER);
  const preview = rows < 18 ? 0 : rows < 32 ? 7 : 9;
  const isWide = columns >= WIDE;
  const ladderWidth = isWide ? Math.min(LADDER_MOST, columns - EXPLANATION.least - DIVIDER.length) : columns;
  const netstatPreview = rows < 32 ? 0 : 6;
  return {
    columns,
    rows,
    body,
    list: { height: Math.max(1, body - LIST_HEAD - preview), preview },
    triage: layOutTriage(columns, body, content),
    netstat: { height: Math.max(1, body - NETSTAT_HEAD - netstatPreview), preview: netstatPreview },
    flow: {
      height: Math.max(1, body - FLOW_HEAD),
      isWide,
      ladderWidth,
      explanationWidth: Math.min(EXPLANATION.most, isWide ? columns - ladderWidth - DIVIDER.length : columns - 2),
    },
  };
}

/** The findings get what the others leave; where there is too little, the chart goes first, then the services. */
function layOutTriage(columns: number, body: number, content: TriageRows | null): Layout['triage'] {
  const isWide = columns >= WIDE;
  if (isWide && body >= 20) {
    const usual = { below: Math.max(7, Math.min(19, Math.floor(body * 0.4))), preview: body < 30 ? 4 : 6 };
    const { below, preview } = content === null ? usual : roomier(usual, body, content);
    const lines = Math.max(1, Math.min(MOST_BRAILLE, Math.floor((below - 2) / CHARTED)));
    const width = Math.floor((columns - DIVIDER.length) * SERVICES_SHARE);
    return {
      isWide, preview,
      groups: Math.max(1, body - LIST_HEAD - preview - below),
      services: { height: below - 2, width },
      chart: { lines, width: columns - width - DIVIDER.length },
    };
  }
  const lines = body < 17 ? 0 : body < 30 ? 1 : 2;
  const services = body < 13 ? 0 : body < 30 ? 3 : 6;
  const preview = body < 10 ? 0 : body < 20 ? 3 : 4;
  const below = (lines === 0 ? 0 : 1 + CHARTED * lines) + (services === 0 ? 0 : services + 1);
  return {
    isWide: false, preview, groups: Math.max(1, body - LIST_HEAD - preview - below),
    services: { height: services, width: columns }, chart: { lines, width: columns },
  };
}

/** Lines about a diagnosis that has much to say. */
const MOST_PREVIEW = 16;
/** Services and chart in a high terminal. */
const MOST_BELOW = 30;

/**
 * What the findings do not need goes to what is said of the selected one, then to the services; never less than usual.
 */
function roomier(
  { below, preview }: { below: number; preview: number }, body: number, content: TriageRows,
): { below: number; preview: number } {
  const spare = Math.max(0, body - LIST_HEAD - preview - below - content.groups - 1);
  const more = Math.min(spare, Math.max(0, MOST_PREVIEW - preview));
  const services = Math.min(spare - more, Math.max(0, Math.min(MOST_BELOW, content.services + LIST_HEAD) - below));
  return { preview: preview + more, below: below + services };
}

/** Rows of a list of the pane. */
export function heightOf({ list, triage, netstat, flow }: Layout, pane: Context): number {
  switch (pane) {
    case 'groups': return triage.groups;
    case 'services': return Math.max(1, triage.services.height);
    case 'sockets':
    case 'summary': return netstat.height;
    case 'ladder':
    case 'explanation': return flow.height;
    default: return list.height;
  }
}
