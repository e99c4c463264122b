/** Exactly `height` lines: cut, or filled up with empty ones. */
export function filled(lines: readonly string[], height: number): string[] {
  return Array.from({ length: height }, (_, index) => lines[index] ?? '');
}
