import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Cuts a classic capture of so many packets into files of as many each, as a rotation writes them; answers their paths.
 *
 * @param {string} path
 * @param {string} folder
 * @param {number} parts
 * @param {number} packets
 */
export function cut(path, folder, parts, packets) {
  const buffer = Buffer.alloc(64 << 20);
  const input = openSync(path, 'r');
  const header = Buffer.alloc(24);
  readSync(input, header, 0, 24, null);
  const names = Array.from({ length: parts }, (_, part) => join(folder, `tap_${String(part).padStart(5, '0')}.pcap`));
  const outputs = names.map((name) => openSync(name, 'w'));
  for (const output of outputs) writeSync(output, header);
  let [seen, held] = [0, 0];
  for (;;) {
    const length = held + readSync(input, buffer, held, buffer.length - held, null);
    let [from, at] = [0, 0];
    let part = partOf(seen);
    const flush = () => {
      if (at > from) writeSync(outputs[part], buffer, from, at - from);
      from = at;
    };
    while (at + 16 <= length && at + 16 + buffer.readUInt32LE(at + 8) <= length) {
      if (partOf(seen) !== part) {
        flush();
        part = partOf(seen);
      }
      at += 16 + buffer.readUInt32LE(at + 8);
      seen++;
    }
    flush();
    if (at === 0) break;
    buffer.copyWithin(0, at, length);
    held = length - at;
  }
  for (const output of outputs) closeSync(output);
  closeSync(input);
  return names;

  function partOf(packet) {
    return Math.min(Math.floor((packet * parts) / packets), parts - 1);
  }
}
