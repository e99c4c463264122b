import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import type { Finding } from '../findings/finding.js';
import { everyone, groupsBy, place, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts.js';
import type { Service } from './gathering.js';
import { name } from './idle-limit.js';
import { serverSoftware } from './software.js';

/** Handshakes broken off before it is no chance. */
const FEW = 3;

interface Broken {
  readonly facts: Facts;
  readonly finding: Finding;
}

/** An end that breaks off TLS handshakes: it does not accept what the other offers. */
export const tlsHandshakeFailure: DiagnosisDetector = {
  id: 'tls-handshake-failure',
  title: 'TLS handshakes broken off',
  explains: { 'tls-handshake-failure': [], 'linger-reset': [], 'rst-after-push': [], 'unanswered-request': [] },
  detect(scene) {
    return scene.services.flatMap((service) => {
      const broken = everyone(service).flatMap((facts) => brokenOff(scene, facts));
      // A client that does not accept is told of by itself; what the server does not accept is one fault, whoever comes.
      const byActor = groupsBy(broken, ({ facts, finding }) =>
        finding.cause === 'client' ? facts.client : `${finding.evidence['uponClientAnswer'] === true}`,
      );
      return [...byActor.values()].flatMap((own) => (own.length < FEW ? [] : told(scene, service, own)));
    });
  },
};

function brokenOff(scene: Scene, facts: Facts): Broken[] {
  if (scene.isExplained(facts)) return [];
  return scene
    .findingsOf(facts)
    .filter(({ id }) => id === 'tls-handshake-failure')
    .map((finding) => ({ facts, finding }));
}

function told(scene: Scene, service: Service, broken: readonly Broken[]): Detected {
  const { facts, finding } = broken[0]!;
  const byClient = finding.cause === 'client';
  const members = broken.map((one) => one.facts);
  const tried = everyone(service).filter(
    ({ kinds, client }) => PAYLOAD_KINDS[kinds[0]] === 'tls' && (!byClient || client === facts.client),
  );
  const upon = byClient
    ? 'it does not accept the certificate'
    : finding.evidence['uponClientAnswer'] === true
      ? 'it misses a certificate of the client, or does not accept it'
      : 'it takes neither the version nor the ciphers nor the name that is offered';
  const where = place(service);
  const software = byClient ? '' : name(serverSoftware(scene, service, tried));
  // Of whom no handshake comes to its end nothing works; else it is some of them.
  const nobody = tried.every((one) => brokenOff(scene, one).length > 0);
  return {
    severity: nobody ? 'error' : 'warning',
    confidence: 'likely',
    service: { address: service.address, port: service.port },
    by: byClient ? { role: 'client', address: facts.client } : { role: 'server', address: service.address },
    message:
      `${byClient ? facts.client : `${where}${software}`} breaks off ${members.length} of ` +
      `${several(tried.length, 'TLS handshake')}${byClient ? ` with ${where}` : ''} by an alert: ${upon}.`,
    advice: finding.advice,
    numbers: { matching: members.length, of: tried.length },
    refutes: 'data of an application on one of these connections, behind the handshake',
    members,
  };
}
