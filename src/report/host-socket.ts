import type { HostSocket } from '../analysis/model.js';
import { inert } from './inert.js';
import { bytes } from './quantities.js';

/**
 * `python3 (pid 12) and python3 (pid 13), CLOSE-WAIT, 513 B not read, 0 B not acknowledged`: what a host said of its
 * socket.
 */
export function onHost({ processes, state, receiveQueue, sendQueue }: HostSocket): string {
  const holders = processes.map(({ name, pid }) => `${inert(name)} (pid ${pid})`).join(' and ');
  return [
    holders === '' ? 'no process' : holders,
    ...(state === null ? [] : [state]),
    ...(receiveQueue === null ? [] : [`${bytes(receiveQueue)} not read`]),
    ...(sendQueue === null ? [] : [`${bytes(sendQueue)} not acknowledged`]),
  ].join(', ');
}
