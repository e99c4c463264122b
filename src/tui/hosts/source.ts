import type { Analysis, Host } from '../../analysis/model.js';
import { counted } from '../../report/quantities.js';
import { textOrFilter } from '../connections/text-or-filter.js';
import { openConnections } from '../panel.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { wrap } from '../text/wrap.js';

/** Every host whose system was guessed or set, and why. */
export function hostsSource(analysis: Analysis): Source<Host> {
  const { hosts, options: { finTimeout, timeWait } } = analysis;
  const flowsOf = flowsByHost(analysis);
  const flows = (index: number): readonly number[] => flowsOf(hosts[index]!.address);
  const text = (index: number): string => {
    const { address, profile, because } = hosts[index]!;
    return `${address} ${profile} ${because}`.toLowerCase();
  };
  const columns: readonly Column<Host>[] = [
    { header: 'HOST', width: 15, fit: 'tail', text: ({ address }) => address },
    { header: 'PROFILE', width: 8, text: ({ profile }) => profile, role: ({ set }) => (set ? 'accent' : 'plain') },
    { header: 'WHY', width: 20, text: ({ because }) => because, role: () => 'muted' },
  ];
  return {
    count: hosts.length,
    columns,
    title: `Hosts and profiles: ${counted(hosts.length, 'host')}`,
    empty: 'No host has shown a SYN-ACK, or a SYN that was answered.',
    row: (index) => hosts[index]!,
    key: (index) => hosts[index]!.address,
    opens: (index) => openConnections(`host ${hosts[index]!.address}`),
    text, predicate: (filter) => textOrFilter(analysis, filter, { text, flows }),
    preview({ because }, width, paint) {
      const fixed =
        finTimeout === undefined && timeWait === undefined ? '' : ' The command line set some of them for all hosts.';
      return [
        ...wrap(`Taken for this system: ${because}.`, width),
        ...wrap(
          `The profile says how long FIN-WAIT-2 and TIME-WAIT last.${fixed} ← and → try another one; every verdict ` +
            `is made anew.`,
          width,
        ).map((line) => paint('muted', line)),
      ];
    },
  };
}

/** Connections of each host, at either end, looked for when first asked. */
function flowsByHost(analysis: Analysis): (address: string) => readonly number[] {
  let known: Map<string, number[]> | null = null;
  return (address) => {
    if (known === null) {
      known = new Map(analysis.hosts.map((host) => [host.address, []]));
      for (const { id, client, server } of analysis.connections())
        for (const end of new Set([client.address, server.address])) known.get(end)?.push(id);
    }
    return known.get(address) ?? [];
  };
}
