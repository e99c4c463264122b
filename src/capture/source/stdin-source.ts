import type { Readable } from 'node:stream';
import { ChunkSource } from './chunk-source.js';

/** Bytes of stdin, or of what stands for it, as they come; `signal` ends the waiting. */
export function stdinSource(signal: AbortSignal | undefined, stdin: Readable = process.stdin): ChunkSource {
  const meter = { taken: 0 };
  const stop = (): void => void stdin.destroy();
  signal?.addEventListener('abort', stop, { once: true });

  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stdin as AsyncIterable<Buffer>) {
        meter.taken += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  }

  return new ChunkSource(chunks(), meter, () => {
    signal?.removeEventListener('abort', stop);
    stop();
  });
}
