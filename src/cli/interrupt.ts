/**
 * Milliseconds that work has to end after Ctrl-C, before the process ends without it: a read of a silent pipe hears
 * nothing.
 */
const GRACE = 500;

/** Runs `work` with a signal that Ctrl-C gives. A second Ctrl-C ends the process at once, as if nobody listened. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let grace: NodeJS.Timeout | undefined;
  const onInterrupt = (): void => {
    controller.abort();
    grace = setTimeout(() => process.exit(130), GRACE);
  };
  process.once('SIGINT', onInterrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', onInterrupt);
    clearTimeout(grace);
  }
}
