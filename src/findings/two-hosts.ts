/** Where two hosts answer for one address (RFC 5227 §1). */
export const TWO_HOSTS_ADVICE: readonly string[] = [
  'See who has this address, on its network: `arping -D -I DEVICE ADDRESS`, `ip neigh` there again and again, the column ' +
    'eth.src of these answers, "duplicate IP address" in the logs of hosts and switches. Take it from the one that has it ' +
    'by mistake (a container, a clone of a machine, a lease of DHCP beside a fixed address).',
  'Where it is the address of a balancer or of a cluster, let it hand all of a connection to one host (a failover that ' +
    'is not over, ECMP with another hash, IPVS without persistence).',
  'Else a firewall on the way rejects what it lets pass as well: capture at both sides of it.',
];
