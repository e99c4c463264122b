/**
 * Ends of the process that come without an `exit`: told to end, the terminal closed, Ctrl-C, Ctrl-\.
 * Windows knows no SIGQUIT.
 */
const SIGNALS: readonly NodeJS.Signals[] = [
  'SIGTERM', 'SIGHUP', 'SIGINT', ...(process.platform === 'win32' ? [] : ['SIGQUIT' as const]),
];

const pending = new Set<() => void>();

/**
 * Calls `remove` at every end of the process that the process itself can notice, which `kill -9` is not.
 * The answer takes that back; without anything to be removed no listener is left.
 */
export function atEveryEnd(remove: () => void): () => void {
  if (pending.size === 0) listen();
  pending.add(remove);
  return () => {
    if (pending.delete(remove) && pending.size === 0) unlisten();
  };
}

function listen(): void {
  process.once('exit', removeAll);
  // Before the others, of which those that listen once are gone when it is the next one's turn.
  for (const signal of SIGNALS) process.prependListener(signal, endBySignal);
}

function unlisten(): void {
  process.off('exit', removeAll);
  for (const signal of SIGNALS) process.off(signal, endBySignal);
}

function removeAll(): void {
  // Each takes itself out; a set may lose what has been visited.
  for (const remove of pending) {
    try {
      remove();
    } catch {
      // The others are still to be removed.
    }
  }
  pending.clear();
  unlisten();
}

/** Where others listen, they decide whether the process ends, and it does so by an exit. */
function endBySignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  process.kill(process.pid, signal);
}
