import { groupsBy } from '../base/groups.js';
import { GO_AWAY_ADVICE } from '../findings/go-away.js';
import { clientsInWords, everyone, place } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { name } from './idle-limit.js';
import { serverSoftware } from './software.js';

/** Connections that a server ended so before it is a habit. */
const FEW = 3;

interface Refusal {
  readonly facts: Facts;
  /** `ENHANCE_YOUR_CALM, "too_many_pings"`. */
  readonly why: string;
}

/**
 * A server of HTTP/2 that ends connections by a GOAWAY of the same error, again and again. What its clients lost of
 * it does not show: they may have had no call under way (gRPC, doc/keepalive.md).
 */
export const goAway: DiagnosisDetector = {
  id: 'go-away', title: 'Refused by GOAWAY',
  explains: { 'unanswered-request': ['go-away'], 'linger-reset': [], 'rst-after-push': ['closed-peer', 'crossing'] },
  detect(scene) {
    return scene.services.flatMap((service) =>
      [...groupsBy(refusals(scene, service), ({ why }) => why).values()]
        .filter((own) => own.length >= FEW)
        .map((own) => refused(scene, service, own)),
    );
  },
};

function refusals(scene: Scene, service: Service): Refusal[] {
  return scene.freeFound(service, 'unanswered-request').flatMap((facts) =>
    scene
      .findingsOf(facts)
      .filter(({ id, cause }) => id === 'unanswered-request' && cause === 'go-away')
      .map(({ evidence: { error, words } }) => ({
        facts, why: words === null ? String(error) : `${String(error)}, "${String(words)}"`,
      })),
  );
}

function refused(scene: Scene, service: Service, own: readonly Refusal[]): Detected {
  const of = everyone(service).length;
  const members = own.map(({ facts }) => facts);
  return {
    severity: 'warning', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(serverSoftware(scene, service))} ended ${own.length} of ${of} connections of ` +
      `${clientsInWords(members.map(({ client }) => client))} by a GOAWAY (${own[0]!.why}).`,
    advice: GO_AWAY_ADVICE,
    numbers: { matching: own.length, of, clients: new Set(members.map(({ client }) => client)).size },
    refutes: 'a proxy between the two that said so in the name of the server', members,
  };
}
