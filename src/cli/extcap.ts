import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { closeSync, openSync, writeSync } from 'node:fs';
import { version } from '../base/version.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';

/** The one that Wireshark lists. */
const INTERFACE = 'lastack';

/** Connections that are followed at once, unless all that comes is fewer: a screen full of packets has no more. */
const KEPT = 10_000;

/** Seconds for which packets are held back. */
const HOLD = 2;

/**
 * As the link type of a capture that says itself what each packet has (pcapng): sshdump of Wireshark gives the same,
 * LINKTYPE_USER0.
 */
const DLT = 147;

/** Wireshark's extcap interface (extcap(4)): it asks what there is to capture, and then reads a pipe. */
export function addExtcap(program: Command, host: Host): void {
  program
    .command('extcap', { hidden: true })
    .summary('what Wireshark asks when it captures by lastack')
    .description(
      'The interface "lastack" of Wireshark and tshark: packets as they are captured, with states and findings as ' +
        'packet comments. `lastack wireshark --extcap` writes the script that Wireshark starts.',
    )
    .option('--extcap-interfaces', 'what can be captured')
    .option('--extcap-version [version]', 'the version of Wireshark')
    .option('--extcap-interface <name>', 'which of these')
    .option('--extcap-dlts', 'its link types')
    .option('--extcap-config', 'its settings')
    .addOption(new Option('--extcap-capture-filter <filter>', 'in the language of pcap-filter(7)'))
    .option('--capture', 'captures, into --fifo')
    .option('--fifo <path>', 'where Wireshark reads')
    .option('--device <name>', 'where to capture (default: what dumpcap or tcpdump take)')
    .addOption(
      new Option('--hold <seconds>', 'for how long packets are held back, for their comments')
        .argParser(parseHold)
        .default(HOLD),
    )
    .addHelpText(
      'before',
      `Examples:
  lastack wireshark --extcap > lastack && chmod +x lastack       into the extcap folder of tshark -G folders
  tshark -i lastack -T fields -e frame.number -e frame.comment
`,
    )
    .action(async (options) => {
      if (options.capture === true) {
        const status = await capture(options, host);
        host.exit(status);
        return;
      }
      const answer =
        options.extcapInterfaces === true
          ? interfaces()
          : options.extcapDlts === true
            ? `dlt {number=${DLT}}{name=${INTERFACE}}{display=As each packet says}\n`
            : options.extcapConfig === true
              ? settings()
              : null;
      if (answer === null)
        throw new CommandError('Wireshark asks with --extcap-interfaces, --extcap-dlts, --extcap-config or --capture');
      host.stdout.write(answer);
      host.exitCode = 0;
    });
}

function interfaces(): string {
  return (
    `extcap {version=${version()}}{help=https://www.wireshark.org/docs/man-pages/extcap.html}{display=lastack}\n` +
    `interface {value=${INTERFACE}}{display=lastack: packets with the states and findings of their connections}\n`
  );
}

function settings(): string {
  return (
    'arg {number=0}{call=--device}{display=Device}{type=string}' +
      '{tooltip=Where to capture: eth0, any. Empty: what dumpcap or tcpdump take.}\n' +
    `arg {number=1}{call=--hold}{display=Seconds held back}{type=double}{range=0,60}{default=${HOLD}}` +
      '{tooltip=What is found within this time stands at the packet itself.}\n'
  );
}

interface CaptureChoices {
  readonly fifo?: string | undefined;
  readonly device?: string | undefined;
  readonly extcapCaptureFilter?: string | undefined;
  readonly hold: number;
}

/** Captures until Wireshark ends it, or reads no more. */
async function capture({ fifo, device, extcapCaptureFilter = '', hold }: CaptureChoices, host: Host): Promise<number> {
  if (fifo === undefined) throw new CommandError('--capture needs --fifo: the pipe that Wireshark reads');
  const [{ startSniffer }, { commentLive }, { giveUpRoot }] = await Promise.all([
    import('./sniffer.js'), import('../extract/live-comments.js'), import('./privileges.js'),
  ]);
  const pipe = openSync(fifo, 'w');
  const sniffer = await startSniffer(device === '' ? undefined : device, extcapCaptureFilter);
  // Until here a signal ends the process itself, and the sniffer with it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => sniffer.stop());
  try {
    giveUpRoot(host.env);
    await commentLive(sniffer.packets, (piece) => writeWhole(pipe, piece), {
      hold: hold * 1000, analysisOptions: { keepConnections: KEPT },
    });
    return 0;
  } catch (error) {
    // Wireshark has what it wanted.
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return 0;
    throw error;
  } finally {
    sniffer.stop();
    closeSync(pipe);
  }
}

/** A pipe takes what it has room for. */
function writeWhole(pipe: number, piece: Uint8Array): void {
  for (let at = 0; at < piece.length; ) at += writeSync(pipe, piece, at);
}

function parseHold(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0 && seconds <= 60)) throw new InvalidArgumentError('Write 0 to 60 seconds.');
  return seconds;
}
