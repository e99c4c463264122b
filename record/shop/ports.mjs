/** Where the shop's services listen. */
export const PORTS = {
  web: 8080, uploads: 8081, api: 8000, gateway: 8443, postgres: 5432, redis: 6379, worker: 9000, backup: 9100,
  git: 9418, chat: 5222, metrics: 9464, // nobody listens there
};

/** Milliseconds from the client's host to the gateway; to all others it is no distance. */
export const WAY = 80;

/** Milliseconds after which the gateway closes a connection that asks nothing. */
export const IDLE = 3000;

/** Bytes of the archive: sent faster than initial sequence numbers grow (see scenarios/time-wait-collision.mjs). */
export const ARCHIVE = 2_000_000;
