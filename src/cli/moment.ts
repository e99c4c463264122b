import { InvalidArgumentError } from 'commander';
import { MOMENT_EXAMPLES, type Moment, readMoment } from '../base/moment.js';

export { type Moment, timeOf } from '../base/moment.js';

/** A moment on the command line. */
export function parseMoment(text: string): Moment {
  const moment = readMoment(text);
  if (moment === null) throw new InvalidArgumentError(`Write ${MOMENT_EXAMPLES}.`);
  return moment;
}
