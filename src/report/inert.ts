/**
 * Characters that act on a terminal or deceive a reader instead of being read: controls (C0, DEL, C1), format
 * characters (bidirectional marks and overrides, zero-width ones, tags), line and paragraph separators, lone
 * surrogates.
 */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Nothing but printable ASCII, in which nothing acts: nearly every text. To find that out first takes a tenth of the
 * time of looking for what acts.
 */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Untrusted text (file names, interface names, comments), safe on a terminal: what would act is shown as `\x1b` or
 * `\u{202e}`.
 */
export function inert(text: string): string {
  return text.replace(ACTIVE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
  });
}

/** A text that acts nowhere, its line breaks kept: for texts that hold code. */
export function inertLines(text: string): string {
  return text.split('\n').map(inert).join('\n');
}

/**
 * Untrusted text, or an object that holds some, as JSON that a terminal may be shown too: `JSON.stringify` escapes C0
 * and lone surrogates only.
 */
export function inertJson(value: string | object): string {
  const json = JSON.stringify(value);
  return PLAIN.test(json) ? json : json.replace(ACTIVE, (character) => character.split('').map(escapeUnit).join(''));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
