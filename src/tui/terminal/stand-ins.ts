/** Begins a stand-in: a private character, so that no drawing of our own holds one. */
const MARK = '\uE000';
const STAND_IN = /\uE000(\d+)/g;

/** What the stand-ins of the frame that is being drawn stand for. */
const lines = new Map<string, string>();
let next = 0;

/**
 * A few characters for a painted line, never the same ones twice: Ink does not write a frame that equals the one
 * before.
 */
export function stand(line: string): string {
  if (line === '') return '';
  const name = String(next);
  next += 1;
  lines.set(name, line);
  return MARK + name;
}

/** A frame with its lines in place of what stood for them. */
export function expanded(frame: string): string {
  const whole = frame.replace(STAND_IN, (_all, name: string) => lines.get(name) ?? '');
  lines.clear();
  return whole;
}
