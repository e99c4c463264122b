import type { ConnectionId } from '../base/numbers.js';
import { Gathering } from '../diagnoses/facts/gathering.js';
import { SEVERITIES } from '../findings/finding.js';
import type { Evidence } from '../findings/finding.js';
import { kinds } from '../findings/index.js';
import type { Finding } from '../findings/index.js';
import { BytePacker } from '../packing/byte-packer.js';
import { ByteUnpacker } from '../packing/byte-unpacker.js';
import { UnpackError } from '../packing/packer.js';
import { open, seal } from '../packing/sealed.js';
import type { Address, Confidence } from '../tcp/connection.js';

/** Of what `packSettled` writes. */
const VERSION = 1;

/** Letters of all findings of one step. */
const LONGEST = 1 << 28;

const CONFIDENCES: readonly unknown[] = ['certain', 'likely', 'possible'] satisfies Confidence[];

/**
 * Writes down what a diagnosis asks of connections that are told and forgotten: some of their facts, service by
 * service, and what was found of these.
 */
export function packSettled(gathering: Gathering, findings: readonly Finding[]): Uint8Array {
  const kept = idsIn(gathering);
  const packer = new BytePacker();
  gathering.pack(packer);
  packer.text(JSON.stringify(findings.filter(({ flow }) => kept.has(flow)).map(asked)));
  return seal(packer.bytes(), VERSION);
}

/** Facts of connections that were told in earlier steps of a source: of these it is diagnosed when it ends. */
export class SettledFacts {
  readonly gathering = new Gathering(true);
  private readonly found = new Map<ConnectionId, Finding[]>();

  /** @param bytes what `packSettled` has written, though nobody vouches for it. @throws UnpackError */
  add(bytes: Uint8Array): void {
    const from = new ByteUnpacker(open(bytes, VERSION));
    const gathering = Gathering.unpack(from);
    const findings = parsed(from.text(LONGEST)).map(checked);
    from.finish();
    this.gathering.join(gathering);
    for (const finding of findings) {
      const own = this.found.get(finding.flow);
      if (own === undefined) this.found.set(finding.flow, [finding]);
      else own.push(finding);
    }
    // A source of a day has a thousand steps, and all of them together more than is kept of one.
    if (!this.gathering.trim()) return;
    const kept = idsIn(this.gathering);
    for (const id of this.found.keys()) if (!kept.has(id)) this.found.delete(id);
  }

  /** All that is known of what was found, in order of steps. */
  get findings(): readonly Finding[] {
    return [...this.found.values()].flat();
  }

  findingsOf(id: ConnectionId): readonly Finding[] {
    return this.found.get(id) ?? [];
  }
}

function idsIn({ services }: Gathering): Set<ConnectionId> {
  const ids = new Set<ConnectionId>();
  for (const { telling, ordinary } of services.values())
    for (const { facts } of [telling, ordinary]) for (const { id } of facts) ids.add(id);
  return ids;
}

/** All of a finding but its words: nobody diagnoses by these. */
type Asked = Omit<Finding, 'message' | 'advice' | 'filter' | 'others'>;

function asked(finding: Finding): Asked {
  const {
    id, cause, severity, confidence, alternatives, flow, stream, endpoint, role, start, end, duration, frames, evidence,
    service,
  } = finding;
  return {
    id, cause, severity, confidence, alternatives, flow, stream, endpoint, role, start, end, duration, frames, evidence,
    service,
  };
}

function parsed(text: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UnpackError('findings that are no JSON', { cause: error });
  }
  if (!Array.isArray(value)) throw new UnpackError('findings that are no list');
  return value;
}

/** What nobody vouches for as a finding. @throws UnpackError where it is none */
function checked(value: unknown): Finding {
  if (!isFinding(value)) throw new UnpackError('a finding that no detector makes');
  return { ...value, message: '', advice: [], filter: '' } as unknown as Finding;
}

function isFinding(value: unknown): value is Asked {
  if (!isRecord(value)) return false;
  const { id, cause, severity, confidence, alternatives, flow, stream, role, start, end, duration, frames } = value;
  const kind = kinds.find((own) => own.id === id);
  return (
    kind !== undefined &&
    (cause === null || typeof cause === 'string') &&
    Object.hasOwn(kind.severities, cause ?? '') &&
    (SEVERITIES as readonly unknown[]).includes(severity) &&
    CONFIDENCES.includes(confidence) &&
    areTexts(alternatives) &&
    [flow, stream].every((number) => Number.isSafeInteger(number) && (number as number) >= 0) &&
    (role === 'client' || role === 'server') &&
    Number.isFinite(start) &&
    (end === null || Number.isFinite(end)) &&
    Number.isFinite(duration) &&
    Array.isArray(frames) &&
    frames.every(Number.isSafeInteger) &&
    isAddress(value['endpoint']) &&
    isAddress(value['service']) &&
    isEvidence(value['evidence'])
  );
}

function isEvidence(value: unknown): value is Evidence {
  return isRecord(value) && Object.values(value).every((one) =>
    one === null || typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' || areTexts(one),
  );
}

function isAddress(value: unknown): value is Address {
  return isRecord(value) && typeof value['address'] === 'string' && Number.isSafeInteger(value['port']);
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
