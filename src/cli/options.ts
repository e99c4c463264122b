import { Option } from '@commander-js/extra-typings';
import type { AnalysisOptions, ReaderName, Separator } from '../analysis/model.js';
import type { Duration } from '../base/time.js';
import { type Profiles, parseProfile } from './profile.js';
import { parseCount, parseDuration, parseJobs, parseSize } from './quantities.js';
import { parseSeparators } from './separators.js';

/** Where the help lists what hardly anybody needs. */
const ADVANCED = 'Advanced:';

/** Options that several commands have; each command lists those it takes. */
export const reader = new Option('--reader <name>', 'the code that frames packets')
  .choices(['lastack', 'pcap-parser'] as const)
  .default('lastack' as const)
  .helpGroup(ADVANCED);
export const finTimeout = new Option(
  '--fin-timeout <duration>', "how long a closed socket stays in FIN-WAIT-2 (default: the system's)",
).argParser(parseDuration);
export const timeWait = new Option(
  '--time-wait <duration>', "how long TIME-WAIT lasts (default: the system's)",
).argParser(parseDuration);
export const profile = new Option(
  '--profile <name|address=name>',
  'the system of all hosts, or of one: linux, windows, macos, freebsd, rfc9293; may be repeated (default: guessed)',
).argParser<Profiles>(parseProfile);
export const maxBytes = new Option('--max-bytes <size>', 'stop reading a piped or decompressed input at this size')
  .argParser(parseSize)
  .helpGroup(ADVANCED);
export const quiet = new Option('-q, --quiet', 'no progress and no notes on stderr');
export const output = new Option('-o, --output <file>', 'write to a file, not to stdout');
export const noColor = new Option('--no-color', 'no colour, whatever the terminal can');
export const utc = new Option('--utc', 'times of day in UTC, shown and understood (default: local time, of TZ)');
export const theme = new Option(
  '--theme <name>', 'colours of the screen: for a dark or a light background, none, or as the terminal says',
).choices(['auto', 'dark', 'light', 'none'] as const);
export const plain = new Option(
  '--plain', 'lines in place of the screen, one after the other, as screen readers like them',
);
/**
 * Bytes of piped packets kept on disk, where nothing else is asked for: a ladder of what came before cannot be read
 * again.
 */
const SPOOL = 2e9;

export const spool = new Option(
  '--spool <size>',
  'how many bytes of piped packets stay on disk, the newest of them, so that the screen can show them again',
)
  .argParser(parseSize)
  .default(SPOOL, '2G');
/**
 * Connections kept of what goes on for hours on the screen, where nothing else is asked for: what they take in memory
 * and in time is in docs/robustness.md.
 */
export const KEEP = 50_000;

export const keepConnections = new Option(
  '--keep-connections <number>',
  'about how many connections are kept: the oldest that are over go first, and are only counted then ' +
    '(default: all; of a pipe on the screen 50k)',
).argParser(parseCount);
export const failOn = new Option('--fail-on <severity>', 'exit with 1 if there is a finding of this severity or worse')
  .choices(['error', 'warning', 'info', 'never'] as const).default('error' as const);
export const allowEmpty = new Option('--allow-empty', 'a capture without a TCP connection does not fail');
export const allowUnknown = new Option('--allow-unknown', 'connections of which nothing is known do not fail');
export const filter = new Option(
  '--filter <expression>',
  'only connections that fit: "port 80 and state CLOSE-WAIT and age > 30s", "tcp.stream eq 7", "leak"; ' +
    'see lastack explain filter',
);
export const sockets = new Option(
  '--sockets <file>',
  'the output of ss -tanpe, netstat -nap or lsof -nPi on a host: adds processes and queues to its endpoints',
);
export const table = new Option('--table <name>', 'which table, for csv and parquet').choices([
  'flows', 'findings', 'groups', 'diagnoses',
] as const);
export const rows = new Option(
  '--rows <folder>', 'in place of captures: the rows of many taps, as lastack collect --to has written them',
);
export const baseline = new Option('--baseline <report>', 'an earlier JSON or NDJSON report: only what is new fails');
export const findingsOnly = new Option(
  '--findings-only',
  'leave out connections without a finding, and forget healthy ones while reading: less memory for large captures',
);
export const jobs = new Option(
  '-j, --jobs <number>', "threads (default: 1, for large files half of the machine's cores, 4 at most)",
).argParser(parseJobs);
export const separate = new Option(
  '--separate <names>', 'keep equal addresses and ports apart by vlan, interface, tunnel; several with commas',
)
  .argParser(parseSeparators)
  .helpGroup(ADVANCED);
export const keepDuplicates = new Option(
  '--keep-duplicates', 'count a packet that was captured twice as sent twice',
).helpGroup(ADVANCED);
export const strict = new Option(
  '--strict', 'with --baseline: a known finding of more connections than before fails, too',
);

export const config = new Option('--config <file>', 'a JSON file of options by their names; the command line wins');

export interface ReadingOptions {
  readonly reader: ReaderName;
  readonly finTimeout?: Duration | undefined;
  readonly timeWait?: Duration | undefined;
  readonly profile?: Profiles | undefined;
  readonly maxBytes?: number | undefined;
  readonly jobs?: number | undefined;
  readonly findingsOnly?: boolean | undefined;
  readonly keepConnections?: number | undefined;
  readonly separate?: readonly Separator[] | undefined;
  readonly keepDuplicates?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly filter?: string | undefined;
  readonly sockets?: string | undefined;
  readonly config?: string | undefined;
}

/** What the analysis understands of a command line; what was not given is left out, so that its own defaults hold. */
export function analysisOptions({
  reader, finTimeout, timeWait, profile, maxBytes, jobs, findingsOnly, keepConnections: most, separate: by,
  keepDuplicates: keep,
}: ReadingOptions): AnalysisOptions {
  return {
    reader,
    ...(finTimeout !== undefined && { finTimeout }),
    ...(timeWait !== undefined && { timeWait }),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(jobs !== undefined && { jobs }),
    ...(findingsOnly === true && { findingsOnly }),
    ...(most !== undefined && { keepConnections: most }),
    ...(by !== undefined && { separate: by }),
    ...(keep === true && { keepDuplicates: true }),
    ...profile,
  };
}
