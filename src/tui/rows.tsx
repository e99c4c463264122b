import { Text, Transform } from 'ink';

/**
 * Painted lines, a row each.
 *
 * Ink keeps the measures of every text it was ever given, so rows given as text would fill the memory of whoever
 * scrolls for long. Here it measures empty lines only, and the rows take their place when the frame is written.
 */
export function Rows({ lines }: { readonly lines: readonly string[] }) {
  return (
    <Transform transform={(_blank, row) => lines[row] ?? ''}>
      <Text>{Array.from(lines, () => ' ').join('\n')}</Text>
    </Transform>
  );
}
