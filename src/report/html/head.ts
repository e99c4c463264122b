import { markup } from './markup.js';
import { style } from './style.js';

/** Nothing but the page's own style: no script, no request, whatever a capture has smuggled in. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** All of a page up to where its body begins. */
export function head(title: string): string {
  const meta = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
`;
  return `${meta.text}<style>${style}</style>\n</head>\n`;
}
