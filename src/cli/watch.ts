import type { Command } from '@commander-js/extra-typings';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import { KEEP, analysisOptions, config, finTimeout, keepConnections, noColor, profile, reader, spool, theme, timeWait } from './options.js';

export function addWatch(program: Command, host: Host): void {
  program.command('watch')
    .summary('what happens now, on the screen')
    .description('Captures with dumpcap or tcpdump, whichever is there, and shows on the screen what happens while it happens.')
    .argument('[filter...]', 'which packets, in the language of pcap-filter(7): tcp port 8000')
    .option('-i, --interface <name>', 'where to capture (default: what dumpcap or tcpdump take)')
    .addOption(spool).addOption(keepConnections).addOption(finTimeout).addOption(timeWait).addOption(profile).addOption(reader).addOption(config).addOption(theme).addOption(noColor)
    .addHelpText('before', `Examples:
  lastack watch
  sudo lastack watch -i eth0 tcp port 8000
  ssh host tcpdump -U -w - tcp | lastack -
`)
    .action(async (words, options) => {
      if (host.stdout.isTTY !== true || host.stdin.isTTY !== true) throw new CommandError('watch needs a terminal; capture with tcpdump -w FILE and use lastack report FILE');
      const { startSniffer } = await import('./sniffer.js');
      const sniffer = await startSniffer(options.interface, words.join(' '));
      let status: number;
      try {
        const [{ showTui }, { giveUpRoot }] = await Promise.all([import('../tui/main.js'), import('./privileges.js')]);
        giveUpRoot(host.env);
        if (!options.color) host.env['NO_COLOR'] = '1';
        const analysis = { keepConnections: KEEP, ...analysisOptions(options), stdin: sniffer.packets, spoolLimit: options.spool };
        status = await showTui({ paths: ['-'], analysisOptions: analysis, ...(options.theme !== undefined && { theme: options.theme }) });
      } finally {
        sniffer.stop();
      }
      host.exit(status);
    });
}
