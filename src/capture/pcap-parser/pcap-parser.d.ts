/** pcap-parser 0.2.1, as far as it is used here. */
declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events';

  export interface GlobalHeader {
    readonly snapshotLength: number;
    readonly linkLayerType: number;
  }

  export interface PacketHeader {
    readonly timestampSeconds: number;
    readonly timestampMicroseconds: number;
    readonly capturedLength: number;
    readonly originalLength: number;
  }

  interface Parser {
    on(event: 'globalHeader', listener: (header: GlobalHeader) => void): this;
    on(event: 'packetHeader', listener: (header: PacketHeader) => void): this;
    on(event: 'packetData', listener: (data: Buffer) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }

  /** What the parser needs of a stream: it is told to start and stop, and listened to. */
  interface Input extends EventEmitter {
    pause(): void;
    resume(): void;
  }

  const parser: { parse(input: Input): Parser };
  export default parser;
}
