/** Whether the `captured` bytes from `from` on begin with `text`, of ASCII. */
export function begins(bytes: Uint8Array, from: number, captured: number, text: string): boolean {
  if (captured < text.length) return false;
  for (let at = 0; at < text.length; at++) if (bytes[from + at] !== text.charCodeAt(at)) return false;
  return true;
}

/** Whether they begin with `text` in capitals or small letters; `text` is in small letters, `-` and `:`. */
export function beginsInAnyCase(bytes: Uint8Array, from: number, captured: number, text: string): boolean {
  if (captured < text.length) return false;
  for (let at = 0; at < text.length; at++) if ((bytes[from + at]! | 0x20) !== text.charCodeAt(at)) return false;
  return true;
}
