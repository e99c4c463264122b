/** What can be done where there is not enough memory. */
export const WAY_OUT =
  'read fewer captures at a time, or with --findings-only or --keep-connections 100000; or allow more, in MB: ' +
  'NODE_OPTIONS=--max-old-space-size=16000';

/** Whether an error says that there was no memory: of the heap, of that of a thread, or beside them. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  // The error of a thread comes without its name.
  if (
    error.name === 'MemoryError' || error.message.startsWith('memory is used up') ||
    code === 'ERR_WORKER_OUT_OF_MEMORY'
  )
    return true;
  return (
    error instanceof RangeError &&
    /allocation failed|Invalid typed array length|Invalid string length|size exceeded/i.test(error.message)
  );
}
