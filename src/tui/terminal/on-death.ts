import { constants } from 'node:os';

const SIGNALS: readonly NodeJS.Signals[] = [
  'SIGINT', 'SIGTERM', 'SIGHUP', ...(process.platform === 'win32' ? [] : ['SIGQUIT' as const]),
];

/**
 * Calls `restore` before the process dies, whether by exit, by a signal or by an error nobody caught, and lets it
 * die as it would have. Returns a function that takes the watch off.
 */
export function onDeath(restore: () => void): () => void {
  const dieBySignal = (signal: NodeJS.Signals): void => {
    forget();
    restore();
    // A signal passes `exit` by, and with it whoever has something to clear away: the copy of a pipe, a program that
    // captures.
    process.emit('exit', 128 + constants.signals[signal]);
    process.kill(process.pid, signal);
  };
  function forget(): void {
    process.off('exit', restore);
    process.off('uncaughtExceptionMonitor', restore);
    for (const signal of SIGNALS) process.off(signal, dieBySignal);
  }
  process.on('exit', restore);
  // Rejections that nobody handles come here as well.
  process.on('uncaughtExceptionMonitor', restore);
  for (const signal of SIGNALS) process.on(signal, dieBySignal);
  return forget;
}
