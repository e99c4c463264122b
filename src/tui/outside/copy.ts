import type { Request } from './outside.js';

/** What a terminal takes from a program at once: some cut longer sequences, and would then show their rest. */
const LONGEST = 74_994;

/** `tcp.stream eq 7`, or for several `tcp.stream in {7, 9}`. */
export function wiresharkFilter({ analysis, flows }: Request): string {
  const [only] = flows;
  if (flows.length === 1 && only !== undefined) {
    const [finding] = analysis.findingsOf(only);
    if (finding !== undefined) return finding.filter;
  }
  const streams = [...new Set(flows.flatMap((flow) => analysis.connection(flow).streams))];
  return streams.length === 1 ? `tcp.stream eq ${streams[0]}` : `tcp.stream in {${streams.join(', ')}}`;
}

/**
 * The sequence that puts text into the clipboard of the terminal (OSC 52), also through ssh; null where it is too long.
 */
export function clipboardSequence(text: string): string | null {
  const encoded = Buffer.from(text).toString('base64');
  return encoded.length > LONGEST ? null : `\u001B]52;c;${encoded}\u0007`;
}
