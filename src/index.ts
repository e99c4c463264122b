/**
 * lastack as a library: how every TCP connection in a capture ended, whose doing it was, and what to change.
 *
 * Nothing here writes to a terminal, reads the command line or ends the process. Times are nanoseconds since
 * `Analysis.clock.epoch`; what is wrong with an input is a `CaptureError`, whose message is for people.
 */

// Captures to connections and findings.
export { analyze } from './analysis/analyze.js';
export { type ContinuedAnalysis, resume } from './analysis/continued.js';
export { follow } from './analysis/follow.js';
export { readLadder, readLadders } from './reread/ladder.js';
export { StateError } from './base/state-error.js';
export { withOwnStreams } from './reread/own-streams.js';
export { release } from './reread/reopen.js';
export { PROFILES } from './analysis/model.js';
export { SEVERITIES } from './findings/finding.js';
export { DOUBTS, STANDINGS } from './tcp/connection.js';
export { stateAt } from './analysis/state-at.js';
export type * from './analysis/model.js';

// Times.
export { MICROSECOND, MILLISECOND, SECOND, formatDuration, formatTime } from './base/time.js';

// Some of the connections, all of them in numbers, and what hosts know of them.
export { type Filter, FilterError, filtered, parseFilter } from './filter/filter.js';
export { type Overview, overview } from './overview/overview.js';
export { SocketsError, readSockets, withSockets } from './sockets/sockets.js';

// Two captures, or reports of them, side by side.
export { type Change, type Outcome, type Rate, type ServiceComparison, compare } from './compare/compare.js';
export { type FindingTally, type ServiceTally, type Tally, tallyOf } from './compare/tally.js';
export { ReportError, readTally } from './compare/read-report.js';

// Captures of both ends as one.
export { between, readPairLadder, readPairLadders, summarize, worstOf } from './between/between.js';
export type {
  BetweenSummary, ClockPiece, Clocks, Fact, FactGroup, FactId, HostLeg, JudgedFinding, Leg, Mapping,
  PairLadderOptions, PairRow, PairedBy,
  Passage, Tap, TapPair, TapReset, Tuple, TwoTaps, Unpaired,
} from './between/between.js';

// What the command writes.
export { type RenderOptions, render } from './report/render.js';
export { type ReportFormat } from './report/index.js';
export { type TableName } from './report/columns.js';
export { type Threshold } from './report/choices.js';
export { parquet } from './report/parquet.js';
export { type ExtractOptions, type Extracted, extract } from './extract/extract.js';

// Packets and their segments, for those who count something of their own.
export { CaptureError, openCapture } from './capture/capture.js';
export { type PacketBatch } from './capture/packet-batch.js';
export { IS_TCP, decode, skipReasons } from './decode/decode.js';
export { ACK, CWR, ECE, FIN, PSH, RST, SYN, Segment, URG } from './decode/segment.js';

export { version } from './base/version.js';
