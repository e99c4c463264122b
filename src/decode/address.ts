/** `10.0.0.1`, or IPv6 as RFC 5952 writes it, from the words of a `Segment`; an IPv4 address is `word3`. */
export function formatAddress(family: number, word0: number, word1: number, word2: number, word3: number): string {
  return family === 4 ? formatIpv4(word3) : formatIpv6(word0, word1, word2, word3);
}

export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/**
 * RFC 5952: lower case, no leading zeros, the longest run of zero fields (the first of equals, never a single one) as
 * `::`, and the IPv4 address of an IPv4-mapped one in its own notation (§5).
 */
export function formatIpv6(word0: number, word1: number, word2: number, word3: number): string {
  if (word0 === 0 && word1 === 0 && word2 === 0xffff) return `::ffff:${formatIpv4(word3)}`;
  const fields = [word0, word1, word2, word3].flatMap((word) => [word >>> 16, word & 0xffff]);
  const zeros = longestZeroRun(fields);
  const hex = fields.map((field) => field.toString(16));
  if (zeros.length < 2) return hex.join(':');
  return `${hex.slice(0, zeros.start).join(':')}::${hex.slice(zeros.start + zeros.length).join(':')}`;
}

function longestZeroRun(fields: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  for (const [index, field] of fields.entries()) {
    if (field !== 0) start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  }
  return longest;
}
