// What `Facts.synAsks` says of the first SYN of a client and, a few bits higher, of the last one before the answer.

/** It asks for ECN: ECE and CWR (RFC 3168 §6.1.1). */
export const ASKS_FOR_ECN = 1;
/** It carries payload: TCP Fast Open (RFC 7413 §2). */
export const CARRIES_DATA = 2;
export const OF_LAST = 2;
