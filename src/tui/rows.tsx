import { Text, Transform } from 'ink';
import { stand } from './terminal/stand-ins.js';

/**
 * Painted lines, a row each.
 *
 * Ink keeps the measures of every text it was ever given, and goes through every cell of a frame, two microseconds
 * each: 24 ms at 200x60. Here it measures empty lines only and lays out a short stand-in for each row; the rows take
 * their place when the frame is written.
 */
export function Rows({ lines }: { readonly lines: readonly string[] }) {
  return (
    <Transform transform={(_blank, row) => stand(lines[row] ?? '')}>
      <Text>{Array.from(lines, () => ' ').join('\n')}</Text>
    </Transform>
  );
}
