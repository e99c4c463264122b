import { RST } from '../decode/segment.js';
import { NO_ROW } from '../tcp/segment-history.js';
import { NOTHING } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';

type Cause = 'answer' | 'request';

/** Somebody announced the body of an HTTP/1.x message, and closed before all of it was sent. */
export const incompleteMessage: Detector<'incomplete-message', Cause> = {
  id: 'incomplete-message',
  title: 'HTTP message cut short',
  rfc: 'RFC 9112 §6.3, §8',
  severities: { answer: 'warning', request: 'warning' },
  advice: {
    answer: [
      'See in the log of the server what ended at this time: a handler that failed after it had sent its head, a worker ' +
        'that was killed or restarted, a limit of time for sending (send_timeout, http.Server.WriteTimeout).',
      'Where the server is a proxy look at its upstream: "upstream prematurely closed connection" (nginx), a limit ' +
        'while it reads (proxy_read_timeout, timeout server), no room for temporary files (proxy_max_temp_file_size).',
      'Clients: compare what came with Content-Length before you use it; ask for the rest by Range, where the server ' +
        'takes that.',
    ],
    request: [
      'See why the client stopped: its own time limit for the whole request (curl -m, http.Client.Timeout, timeout=), ' +
        'a user who went away, a stream that it passes on and that ended early.',
      'Let the server throw away what came: without all of its body a request is not to be acted on.',
    ],
  },
  detect(subject) {
    const detection = judge(subject);
    return detection === null ? NOTHING : [detection];
  },
};

/**
 * By sequence numbers, so that what the capture lost of a body counts as sent. A recipient must take such a message for
 * incomplete (RFC 9112 §8); a close that answers another one, or that somebody else sent, shows nothing of its sender.
 */
function judge({ connection, exchange, history }: Subject): Detection<Cause> | null {
  const { closer, unfinished } = exchange;
  if (closer === null || unfinished === null || exchange.kinds[0] !== 'http-request') return null;
  // Who has answered may not want the rest of the request (RFC 9112 §9.3, RFC 9110 §10.1.1); and it may have where
  // the capture has nothing of the server.
  if (closer === 0 && (exchange.lastSpeaker !== 0 || connection.packets.server === 0)) return null;
  const { length, missing } = unfinished;
  // Of a body that never began its sender had thought better, or waited to be told to go on (100).
  if (length !== null && missing === length && closer === 0) return null;
  const at = exchange.closedByReset ? history.firstFlagged(NO_ROW, closer, RST, RST) : history.ends[closer].fin;
  if (at === NO_ROW) return null;
  const { frame, time } = history.rows[at]!;
  const role = closer === 0 ? 'client' : 'server';
  if (exchange.closedByReset) {
    const reset = connection.resets.find((one) => one.frame === frame);
    if (reset === undefined || reset.shape !== 'active' || reset.cause === 'forged') return null;
    if (reset.cause === 'keepalive-timeout' || reset.cause === 'retransmission-timeout') return null;
  }
  const how = exchange.closedByReset ? 'aborted by a RST' : 'closed';
  const announced =
    length === null
      ? `began an answer in chunks and ${how} (frame ${frame}) without the last one`
      : `announced ${length} bytes of ${closer === 0 ? 'a request' : 'its answer'} and ${how} (frame ${frame}) after ` +
        `${length - missing!}: ${missing === 1 ? '1 byte is' : `${missing} bytes are`} missing`;
  return {
    cause: closer === 0 ? 'request' : 'answer', confidence: 'likely', role, start: exchange.turnAt, end: time,
    frames: [frame], message: `The ${role} ${announced}.`,
    evidence: {
      announcedBytes: length, sentBytes: length === null ? null : length - missing!, missingBytes: missing,
      chunked: length === null, byReset: exchange.closedByReset,
    },
  };
}
