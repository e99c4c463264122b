import type { Progress } from '../../analysis/model.js';

/** Milliseconds between two drawings of the progress: more often nobody can read it. */
const INTERVAL = 100;

/** Tells `show` of progress no more often than it can be read, and of the newest in the end. */
export function paced(show: (progress: Progress) => void): (progress: Progress) => void {
  let newest: Progress | null = null;
  let next: NodeJS.Timeout | undefined;
  const showNewest = (): void => {
    next = undefined;
    if (newest === null) return;
    show(newest);
    newest = null;
    next = setTimeout(showNewest, INTERVAL);
  };
  return (progress) => {
    newest = progress;
    if (next === undefined) showNewest();
  };
}
