export { analyze } from './analysis.js';
export { type ExtractOptions, extract } from './extract/extract.js';
export { readLadder } from './ladder.js';
export { formatDuration, formatTime } from './time.js';
export type * from './analysis.js';
