/**
 * In which zone times of day are shown to who sits in front of them, and read from them. Records, and documents that
 * are handed on (HTML, Markdown), are in UTC always.
 */
export type Zone = 'utc' | 'local';

/** One for the process, as its locale is: the command sets it before anything is read. */
let zone: Zone = 'utc';

/** UTC until it is called. `local` is that of the `TZ` of the process. */
export function useZone(next: Zone): void {
  zone = next;
}

/** `2026-11-20 10:23:41.218` of milliseconds since the Unix epoch; null where no calendar reaches. */
export function wallTime(milliseconds: number): string | null {
  const wall = milliseconds + offsetAt(milliseconds) * 60_000;
  return Math.abs(wall) < 8.64e15 ? new Date(wall).toISOString().replace('T', ' ').replace('Z', '') : null;
}

/**
 * What a wall clock of the zone shows, as milliseconds since the Unix epoch; of a time that a clock which is put back
 * shows twice, the first.
 */
export function fromWallTime(
  wall: Readonly<{ year: number; month: number; day: number; hours: number; minutes: number; seconds: number }>,
): number {
  const { year, month, day, hours, minutes, seconds } = wall;
  if (zone === 'utc') return Date.UTC(year, month - 1, day, hours, minutes, seconds);
  return new Date(year, month - 1, day, hours, minutes, seconds).getTime();
}

/** `UTC`, `UTC+1`, `UTC+5:30`: what the zone is at a moment. */
export function zoneName(milliseconds: number): string {
  const offset = offsetAt(milliseconds);
  if (offset === 0) return 'UTC';
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `UTC${offset < 0 ? '-' : '+'}${hours}${minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`}`;
}

/** Minutes that the zone is ahead of UTC. */
function offsetAt(milliseconds: number): number {
  if (zone === 'utc' || !(Math.abs(milliseconds) < 8.64e15)) return 0;
  return -Math.round(new Date(milliseconds).getTimezoneOffset());
}
