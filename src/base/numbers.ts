declare const kind: unique symbol;

/**
 * A number of one kind, which is not taken for one of another: a time is no duration, a frame no row. Plain numbers,
 * and what is calculated, may become any of them; one of them does not become another.
 */
export type Kind<Name extends string> = number & { readonly [kind]?: Name };

/** A packet, counted from 1 over all files in the order in which they are read. */
export type FrameNumber = Kind<'frame'>;
/** A connection of an analysis: 0, 1, 2… in order of their first frames. */
export type ConnectionId = Kind<'connection'>;
/** A connection's place in the flow table; another connection's once it is forgotten. */
export type Row = Kind<'row'>;
/** A segment's place in the history of its connection. */
export type HistoryRow = Kind<'history row'>;
/** Wireshark's tcp.stream. */
export type StreamNumber = Kind<'stream'>;
/** An end of a connection by its role: 0 the client, 1 the server. */
export type End = Kind<'end'>;
/** An end of a connection by its place in the tuple: 0 the one with the lower address and port, 1 the other. */
export type Side = Kind<'side'>;
