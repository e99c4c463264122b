/** What was asked for cannot be done; `message` says why, to who asked. */
export class Refused extends Error {
  override name = 'Refused';
}
