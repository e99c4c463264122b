import { groupsBy } from '../../base/groups.js';
import { lowerBound } from '../../base/lower-bound.js';
import { wordsOf } from '../../tcp/network-error.js';
import { clientsInWords, collect, place } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts, Undelivered } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import { name } from '../idle-limit.js';
import * as SIGN from '../facts/signs.js';
import { serverSoftware } from '../software.js';

/** Rejected connects, and spells of them between served ones, before it is told. */
const FEW = 3;

type Rejected = Facts & { readonly undelivered: Undelivered };

/**
 * An address of which a router says that its host is unreachable, for some connects, while others are served: several
 * hosts share it, and one is gone. The router of the host's own network says so when nobody answers its ARP (RFC 1812
 * §5.2.7.1, §3.3.2), and a NAT before a pool translates what the error quotes back to the address that was asked for
 * (RFC 5508 §4; nf_nat_icmp_reply_translation).
 */
export function poolMemberGone(scene: Scene, service: Service): Detected[] {
  const rejected = scene.free(service, SIGN.undelivered).filter(isRejected);
  if (rejected.length < FEW) return [];
  const served = Float64Array.from(
    collect(scene.showing(service, SIGN.attempted), ({ synAck }) => (Number.isNaN(synAck) ? null : synAck)),
  ).sort();
  return collect(groupsBy(rejected, ({ undelivered }) => undelivered.by).values(), (own) => {
    const starts = own.map(({ start }) => start).sort((a, b) => a - b);
    // A host that goes and comes back is one spell without anybody served.
    let [spells, before] = [0, -1];
    for (const start of starts) {
      const count = lowerBound(served.length, (at) => served[at]! < start);
      if (count !== before) spells++;
      before = count;
    }
    return spells < FEW ? null : told(scene, service, own, served.length);
  });
}

function told(scene: Scene, service: Service, own: readonly Rejected[], served: number): Detected {
  const [{ undelivered }] = own as [Rejected];
  const clients = clientsInWords(own.map(({ client }) => client));
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'path', address: undelivered.by },
    message:
      `${place(service)}${name(serverSoftware(scene, service))} serves ${served} connects, and ${undelivered.by} ` +
      `rejects ${own.length} of ${clients} between: it says that ${wordsOf(undelivered)}: one of several hosts behind ` +
      'this address is gone.',
    advice: [
      'Take the host that is gone out of the pool (`kubectl get endpointslices`, `ipvsadm -Ln`, the balancer\'s list ' +
        'of servers), and give the pool a health check, so that the next one leaves it by itself.',
      'Where it was stopped on purpose, stop it later than it leaves the pool: in Kubernetes a `preStop` hook ' +
        'that sleeps for some seconds, since endpoints and rules follow the end of a pod with a delay.',
    ],
    numbers: {
      rejected: own.length, matching: own.length, of: own.length + served,
      clients: new Set(own.map(({ client }) => client)).size,
    },
    refutes: `a host of its own behind ${place(service)}, which is alone there`, members: own,
  };
}

function isRejected(facts: Facts): facts is Rejected {
  const { attempts, synAck, undelivered } = facts;
  return (
    attempts > 0 && Number.isNaN(synAck) && undelivered !== null && undelivered.talker === 0 &&
    undelivered.kind === 'host-unreachable' && undelivered.by !== facts.server
  );
}
