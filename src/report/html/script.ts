import { createHash } from 'node:crypto';
import { articles } from './client/articles.js';
import { bar } from './client/bar.js';
import { begin } from './client/begin.js';
import { copying } from './client/copying.js';
import { listing } from './client/listing.js';
import { live } from './client/live.js';
import { tables } from './client/tables.js';
import { time } from './client/time.js';

/**
 * What makes the page one to work in: the texts of functions that need nothing around them. It reads what the page
 * carries, asks nobody for anything, and what it writes of a capture is text.
 */
export const script = `(async () => {
'use strict';
const work = await (${String(begin)})();
if (work === null) return;
(${String(tables)})(work);
const listings = (${String(articles)})(work, ${String(listing)});
(${String(bar)})(work);
(${String(time)})(work);
(${String(copying)})(work, listings);
(${String(live)})(work);
document.documentElement.dataset.ready = '';
})();`;

/** The policy lets this script run and no other, whatever a capture has smuggled in (CSP level 3, hash sources). */
export const scriptHash = `sha256-${createHash('sha256').update(script).digest('base64')}`;
