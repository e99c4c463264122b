/** A state that cannot be gone on from: it is damaged, or of another version, or was written with other options. */
export class StateError extends Error {
  override readonly name = 'StateError';
}
