import { styleText } from 'node:util';

/** How a report for people may look. */
export interface Look {
  readonly color: boolean;
  /** Columns of a line; tables of addresses may be wider. */
  readonly width: number;
}

/** Colour by what the text means, never by where it stands. */
const STYLES = {
  error: ['bold', 'red'],
  warning: ['yellow'],
  info: ['cyan'],
  heading: ['bold'],
  quiet: ['dim'],
} satisfies Record<string, Parameters<typeof styleText>[0]>;

export type Meaning = keyof typeof STYLES;
export type Paint = (meaning: Meaning, text: string) => string;

export function painter(color: boolean): Paint {
  if (!color) return (_meaning, text) => text;
  // The caller has looked at its own stream; styleText would look at stdout.
  return (meaning, text) => styleText(STYLES[meaning], text, { validateStream: false });
}
