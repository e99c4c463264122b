/** Where everybody lives: addresses for documentation (RFC 5737, RFC 3849). */
export const addresses = {
  client: {
    v4: { host: '192.0.2.10/24', router: '192.0.2.1/24' },
    v6: { host: '2001:db8:1::10/64', router: '2001:db8:1::1/64' },
  },
  server: {
    v4: { host: '198.51.100.20/24', router: '198.51.100.1/24' },
    v6: { host: '2001:db8:2::20/64', router: '2001:db8:2::1/64' },
  },
};
