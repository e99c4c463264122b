/**
 * Holds what lastack says against what its peers say: tshark, tcptrace, and Zeek by its source.
 *
 *   npm run test:peers -- [FILE | FOLDER]...     default: every capture of the project
 *
 * Prints for each measure how much of it agrees, what differs for a known reason, and the first ten differences. Exit
 * status: 0 no other difference (or no tshark here), 1 a difference without a reason, 2 a capture that cannot be read.
 */
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareCompleteness } from './completeness.mjs';
import {
  compareBytes, compareFins, comparePackets, comparePayload, compareResets, compareTcptrace,
} from './counts.mjs';
import { Measure } from './measure.mjs';
import { CaptureError, askOurselves } from './ours.mjs';
import { compareStreams } from './streams.mjs';
import { askTcptrace, hasTcptrace } from './tcptrace.mjs';
import { askTshark, tsharkVersion } from './tshark.mjs';
import { compareZeek } from './zeek.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const CAPTURE = /\.(pcapng|pcap|cap|snoop|ntar|dmp|trc)(\.(gz|zst|lz4))?$/i;
/** Of the project's own folders, those where captures may lie. */
const PROJECT = ['captures', 'test'].map((folder) => join(root, folder));

const measures = {
  streams: new Measure('tcp.stream'),
  completeness: new Measure('tcp.completeness'),
  packets: new Measure('packets each way (conv,tcp)'),
  payload: new Measure('payload bytes each way (tcp.len)'),
  bytes: new Measure('payload bytes once'),
  fins: new Measure('FINs each way'),
  resets: new Measure('RSTs each way'),
  tcptrace: {
    packets: new Measure('packets each way (tcptrace)'),
    bytes: new Measure('payload bytes each way (tcptrace)'),
    fins: new Measure('FINs each way (tcptrace)'),
    rsts: new Measure('RSTs each way (tcptrace)'),
  },
  zeek: { state: new Measure("Zeek's conn_state"), history: new Measure("Zeek's history") },
};
const { tcptrace, zeek, ...withTshark } = measures;

async function compare(path, tracing) {
  const ours = await askOurselves(path);
  const theirs = await askTshark(path);
  const file = relative('.', path);
  if (theirs === null) {
    console.log(`${file}: tshark cannot read it; left out`);
    return;
  }
  const pairs = compareStreams(measures.streams, file, ours, theirs);
  compareCompleteness(measures.completeness, file, ours, theirs, pairs);
  comparePackets(measures.packets, file, ours, theirs);
  comparePayload(measures.payload, file, ours, theirs);
  compareBytes(measures.bytes, file, ours, theirs);
  compareFins(measures.fins, file, ours, theirs);
  compareResets(measures.resets, file, ours, theirs);
  compareZeek(zeek, file, ours, theirs);
  const ways = tracing ? askTcptrace(path) : null;
  if (ways !== null) compareTcptrace(tcptrace, file, ours, theirs, ways);
}

/** False where the file is none that we read, which is told. */
async function compareIfReadable(path, tracing) {
  try {
    await compare(path, tracing);
    return true;
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    console.log(error.message);
    return false;
  }
}

/** Files as they are; the captures of folders, and of those in them. */
function listFiles(paths) {
  return paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? listFiles(
          readdirSync(path)
            .sort()
            .map((name) => join(path, name))
            .filter((one) => CAPTURE.test(one) || statSync(one).isDirectory()),
        )
      : [path],
  );
}

const version = await tsharkVersion();
if (version === null) {
  console.log('test:peers: SKIPPED, there is no tshark here (Debian: apt-get install tshark)');
  process.exit(0);
}
const tracing = hasTcptrace();
console.log(version +
  (tracing ? '; tcptrace' : '; no tcptrace here (Debian: apt-get install tcptrace), so nothing is held against it'));
try {
  const files = listFiles(process.argv.length > 2 ? process.argv.slice(2) : PROJECT);
  let unread = 0;
  for (const file of files) unread += (await compareIfReadable(file, tracing)) ? 0 : 1;
  console.log(`${files.length} captures${unread > 0 ? `, ${unread} of them not readable` : ''}`);
  const all = [...Object.values(withTshark), ...Object.values(zeek), ...Object.values(tcptrace)];
  for (const measure of all) measure.tell();
  const differences = all.reduce((sum, measure) => sum + measure.differences.length, 0);
  process.exitCode = unread > 0 ? 2 : differences > 0 ? 1 : 0;
} catch (error) {
  console.error(`test:peers: ${error.stack}`);
  process.exitCode = 2;
}
