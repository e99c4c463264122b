// What has been seen of a connection, a bit each. Constants of a module, not fields of an object: the build writes them
// where they are used.

/** The client's SYN. */
export const syn = 1;
export const synAck = 2;
/** Something that only a client past the handshake sends, or traffic from the middle. */
export const established = 4;
/** A FIN or RST: from here on every segment is telling. */
export const closing = 8;
/** The roles are a guess: no SYN or SYN-ACK was seen. */
export const guessed = 16;
/** Something that a clean connection does not show (clean-close.ts). */
export const irregular = 32;
/** The client is side 1 of the tuple. */
export const upperClient = 64;
/** Some of its packets were captured twice (duplicates.ts). */
export const doubled = 128;
/** It went on after its history had been packed (history.ts). */
export const woken = 256;
/** It went on once more after its history had been packed again. */
export const restless = 512;

/**
 * Segments of another connection of its tuple, which its sockets heard. Where that one or this one is forgotten, nobody
 * knows.
 */
export const overheard = 1024;

/** Those that say nothing of what its endpoints did. */
export const circumstances = upperClient | doubled | woken | restless;
