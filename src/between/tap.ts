/** Where was captured: near the client, or near the server. */
export type Tap = 'client' | 'server';
export const TAPS = ['client', 'server'] as const satisfies readonly Tap[];
