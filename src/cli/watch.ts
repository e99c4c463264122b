import { type Command, Option } from '@commander-js/extra-typings';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import { parseMetricsAddress } from './metrics-address.js';
import {
  KEEP, analysisOptions, config, finTimeout, keepConnections, noColor, profile, reader, spool, theme, timeWait, utc,
} from './options.js';

export function addWatch(program: Command, host: Host): void {
  program
    .command('watch')
    .summary('what happens now, on the screen or as metrics')
    .description(
      'Captures with dumpcap or tcpdump, whichever is there, and shows on the screen what happens while it ' +
        'happens; or serves it as metrics, without a screen.',
    )
    .argument('[filter...]', 'which packets, in the language of pcap-filter(7): tcp port 8000')
    .option('-i, --interface <name>', 'where to capture (default: what dumpcap or tcpdump take)')
    .addOption(
      new Option(
        '--metrics <address>',
        'no screen, but OpenMetrics over HTTP: :9464 is http://127.0.0.1:9464/metrics, 0.0.0.0:9464 for other hosts ' +
          'too',
      ).argParser(parseMetricsAddress),
    )
    .option(
      '-r, --read <pipe>',
      'with --metrics: packets that another program captures, - for stdin, in place of capturing here',
    )
    .addOption(spool)
    .addOption(keepConnections)
    .addOption(finTimeout)
    .addOption(timeWait)
    .addOption(profile)
    .addOption(reader)
    .addOption(config)
    .addOption(utc)
    .addOption(theme)
    .addOption(noColor)
    .addHelpText(
      'before',
      `Examples:
  lastack watch
  sudo lastack watch -i eth0 tcp port 8000
  sudo lastack watch -i eth0 --metrics :9464
  ssh host tcpdump -U -w - tcp | lastack watch -r - --metrics :9464
  ssh host tcpdump -U -w - tcp | lastack -
`,
    )
    .action(async (words, options) => {
      const { metrics } = options;
      const analysis = { keepConnections: KEEP, ...analysisOptions(options) };
      if (metrics !== undefined) {
        const { watchForMetrics } = await import('./watch-metrics.js');
        return watchForMetrics(
          {
            address: metrics, filter: words.join(' '), interface: options.interface, read: options.read,
            analysisOptions: analysis,
          },
          host,
        );
      }
      if (options.read !== undefined) throw new CommandError('-r is for --metrics; on the screen a pipe is lastack -');
      if (host.stdout.isTTY !== true || host.stdin.isTTY !== true) {
        throw new CommandError(
          'watch needs a terminal, or --metrics :9464 to serve what happens; capture with tcpdump -w FILE and use ' +
            'lastack report FILE',
        );
      }
      const { startSniffer } = await import('./sniffer.js');
      const sniffer = await startSniffer(options.interface, words.join(' '));
      let status: number;
      try {
        const [{ showTui }, { giveUpRoot }] = await Promise.all([import('../tui/main.js'), import('./privileges.js')]);
        giveUpRoot(host.env);
        if (!options.color) host.env['NO_COLOR'] = '1';
        status = await showTui({
          paths: ['-'], analysisOptions: { ...analysis, stdin: sniffer.packets, spoolLimit: options.spool },
          ...(options.theme !== undefined && { theme: options.theme }),
        });
      } finally {
        sniffer.stop();
      }
      host.exit(status);
    });
}
