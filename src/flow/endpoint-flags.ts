// What has been seen of an endpoint, a bit each.

/** `FIRST_SEQUENCE` is its initial sequence number. */
export const syn = 1;
export const data = 2;
export const ack = 4;
export const fin = 8;
