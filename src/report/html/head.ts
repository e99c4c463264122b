import { markup } from './markup.js';
import { style } from './style.js';

/** What a page has beside its text. */
export interface Equipment {
  /** The only script that runs, by its hash. */
  readonly scriptHash?: string;
  /** For a page that is served: where it asks whether there is a newer one, and its own version. */
  readonly live?: Live;
}

export interface Live {
  readonly at: string;
  readonly version: string;
}

/** Nothing but the page's own style and script: no other script, no request, whatever a capture has smuggled in. */
function policy({ scriptHash, live }: Equipment): string {
  const script = scriptHash === undefined ? '' : `; script-src '${scriptHash}'`;
  return `default-src 'none'; style-src 'unsafe-inline'; img-src data:` +
    `${script}${live === undefined ? '' : "; connect-src 'self'"}; base-uri 'none'; form-action 'none'`;
}

/** All of a page up to where its body begins. */
export function head(title: string, equipment: Equipment = {}): string {
  const { live } = equipment;
  const meta = markup`<!DOCTYPE html>
<html lang="en"${live !== undefined && markup` data-live-at="${live.at}" data-version="${live.version}"`}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(equipment)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
`;
  return `${meta.text}<style>${style}</style>\n</head>\n`;
}
