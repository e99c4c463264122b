// A row of a history is twelve words, next to each other. A column for each field takes 25 ns a packet more to write
// (Node 20.20, 40,000 connections of 15 packets), and is written for every packet but read once a connection.

/** Words of a row. */
export const ROW_SIZE = 12;

/** Two words, as one double. */
export const TIME = 0;
export const FRAME = 2;
export const SEQUENCE = 3;
export const ACKNOWLEDGMENT = 4;
export const LENGTH = 5;
/** TCP flags in the lower half; marks in the third byte; and whether the row has a note (`HAS_NOTE`). */
export const FLAGS_AND_MARKS = 6;
/** Window in the lower half, IP ID in the upper. */
export const WINDOW_AND_IP_ID = 7;
/** Repeats in the lower half, then TTL and traffic class, a byte each. */
export const REPEATS_AND_HOPS = 8;
export const SACK_HIGHEST = 9;
export const TIMESTAMP_VALUE = 10;
export const TIMESTAMP_ECHO = 11;

/** In `FLAGS_AND_MARKS`: where to look for a note takes longer than to read the row, and hardly any row has one. */
export const HAS_NOTE = 1 << 31;
/** Where the marks lie in `FLAGS_AND_MARKS`: eight of them. */
export const MARKS_SHIFT = 16;
export const ALL_MARKS = 0xff;
