import type { Command } from '@commander-js/extra-typings';
import { isSea } from 'node:sea';
import { ownFile } from '../base/own-files.js';
import type { Host } from './host.js';

/** The line of the plugin that says what runs lastack. */
const COMMAND = 'local COMMAND = "lastack"';

export function addWireshark(program: Command, host: Host): void {
  program.command('wireshark')
    .summary('a plugin that shows findings and states in Wireshark')
    .description("A plugin for Wireshark and tshark: lastack.finding, lastack.cause, lastack.state.client, " +
      "lastack.state.server… of each packet's connection. It runs this lastack on the file that is open there.")
    .option('--extcap', 'write the script by which Wireshark captures through lastack, in place of the plugin')
    .addHelpText('before', `Examples:
  lastack wireshark > ~/.local/lib/wireshark/plugins/lastack.lua        for good
  lastack wireshark > lastack.lua && tshark -X lua_script:lastack.lua -r trace.pcapng -Y lastack.finding
`)
    .action(({ extcap }) => {
      if (extcap === true) {
        host.stdout.write(`#!/bin/sh\nexec ${ownCommand()} extcap "$@"\n`);
        host.exitCode = 0;
        return;
      }
      const plugin = ownFile('wireshark/lastack.lua');
      host.stdout.write(plugin.replace(COMMAND, () => `local COMMAND = ${luaString(ownCommand())}`));
      host.exitCode = 0;
    });
}

/** A line of sh that runs this program. Wireshark on a desktop often does not have the PATH of the shell. */
function ownCommand(): string {
  const [, script] = process.argv;
  return [process.execPath, ...(isSea() || script === undefined ? [] : [script])].map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function luaString(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
