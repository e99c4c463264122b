import type { Analysis } from '../analysis/model.js';
import { CommandError } from './failure.js';
import type { ReadingOptions } from './options.js';

/**
 * What an analysis goes through before it is shown: sockets of hosts are joined to it, connections are filtered.
 * Both are understood here, so that a mistake is told before the captures are read.
 */
export async function preparation({
  filter, sockets,
}: Pick<ReadingOptions, 'filter' | 'sockets'>): Promise<(analysis: Analysis) => Analysis> {
  const join = sockets === undefined ? same : await joinSockets(sockets);
  const narrow = filter === undefined ? same : await narrowTo(filter);
  return (analysis) => narrow(join(analysis));
}

async function joinSockets(path: string): Promise<(analysis: Analysis) => Analysis> {
  const { readSockets, withSockets } = await import('../sockets/sockets.js');
  const known = readSockets(path);
  return (analysis) => withSockets(analysis, known);
}

async function narrowTo(text: string): Promise<(analysis: Analysis) => Analysis> {
  const { FilterError, filtered, parseFilter } = await import('../filter/filter.js');
  try {
    const filter = parseFilter(text);
    return (analysis) => filtered(analysis, filter);
  } catch (error) {
    if (error instanceof FilterError) throw new CommandError(`--filter: ${error.message}`);
    throw error;
  }
}

function same(analysis: Analysis): Analysis {
  return analysis;
}
