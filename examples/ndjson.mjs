// The records of `lastack report -f ndjson`, from connections that pass a filter:
//
//     node examples/ndjson.mjs captures/showcase.pcapng 'finding linger-reset' | jq .message
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { analyze, filtered, parseFilter, render } from 'lastack';

const [capture, expression] = process.argv.slice(2);
const whole = await analyze([capture]);
const analysis = expression === undefined ? whole : filtered(whole, parseFilter(expression));
// Readable.from asks for the next piece when the last one has gone out: memory stays small, however long the report.
await pipeline(Readable.from(render(analysis, 'ndjson')), process.stdout);
