import { ZSTDDecoder } from 'zstddec/stream';

/** A frame that yields nothing has at least this many bytes (a skippable one of length 0). */
const SMALLEST_FRAME = 8;

/**
 * zstd (RFC 8878), with any number of frames.
 *
 * By WebAssembly, although node:zlib has zstd since Node 22.15: there it stops without a word behind the first frame,
 * and takes a frame that is cut off for a whole one.
 */
export async function* unzstd(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new ZSTDDecoder();
  await begin(decoder);

  // The decoder pulls its input synchronously. It is asked for output only when the next chunk, or the end, is at hand.
  const chunks = input[Symbol.asyncIterator]();
  let next = await chunks.next();
  let chunkLength = 0;
  let asked = false;
  function* atHand(): Generator<Uint8Array> {
    while (next.done !== true) {
      asked = true;
      chunkLength = next.value.length;
      yield next.value;
    }
  }

  const output = decoder.decodeStreaming(atHand());
  let idle = 0;
  for (;;) {
    const { done, value } = pull(output);
    if (done === true) return;
    // A corrupt frame is not reported by the decoder: it goes on for ever, yielding nothing.
    idle = value.length === 0 ? idle + 1 : 0;
    if (idle > 2 + chunkLength / SMALLEST_FRAME) throw new Error('zstd data is corrupt');
    if (value.length > 0) yield value;
    if (asked) {
      asked = false;
      next = await chunks.next();
    }
  }
}

/** The decoder would fetch its own code from a data: URL if there were a `fetch`, for which Node loads an HTTP client: 25 ms. */
async function begin(decoder: ZSTDDecoder): Promise<void> {
  const { fetch } = globalThis;
  Object.assign(globalThis, { fetch: undefined });
  const begun = decoder.init();
  Object.assign(globalThis, { fetch });
  await begun;
}

function pull(output: Generator<Uint8Array>): IteratorResult<Uint8Array> {
  try {
    return output.next();
  } catch (error) {
    throw new Error('zstd data is cut off', { cause: error });
  }
}
