import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';

/** Where metrics are served: `127.0.0.1` where only a port was given. */
export interface MetricsAddress {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
}

/** `:9464`, `9464`, `127.0.0.1:9464` or `[::]:9464`. */
export function parseMetricsAddress(text: string): MetricsAddress {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([^\]]+)\]|([^[\]:]*)):)?(\d{1,5})$/.exec(text.trim()) ?? [];
  const host =
    bracketed ?? (plain === undefined || plain === '' ? '127.0.0.1' : plain === 'localhost' ? '127.0.0.1' : plain);
  const port = Number(digits);
  if (digits === '' || port > 65_535 || isIP(host) === 0)
    throw new InvalidArgumentError(
      'Write :9464 for this host alone, or ADDRESS:PORT; 0.0.0.0:9464 or [::]:9464 is for every host.',
    );
  return { host, port };
}
