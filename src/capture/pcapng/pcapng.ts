import type { Format } from '../framer.js';
import { SECTION_HEADER } from './block.js';
import { PcapngFramer } from './pcapng-framer.js';

/** pcapng (draft-ietf-opsawg-pcapng): blocks, in sections that each have their own byte order and interfaces. */
export const pcapng: Format = {
  name: 'pcapng',
  headerLength: 0,

  recognizes(first) {
    return first.length >= 4 && new DataView(first.buffer, first.byteOffset).getUint32(0) === SECTION_HEADER;
  },

  open(_window, file) {
    return new PcapngFramer(file);
  },
};
