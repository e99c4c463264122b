import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Schema {
  readonly $id: string;
  readonly $defs: Readonly<Record<string, { readonly enum?: readonly (string | null)[] }>>;
}

export const schema: Schema = JSON.parse(
  readFileSync(new URL('../../schema/record-1.schema.json', import.meta.url), 'utf8'),
);

const published = new Ajv2020({ allErrors: true, allowUnionTypes: true }).addSchema(schema, 'schema');
const closed: Schema = JSON.parse(JSON.stringify(close(schema)));
const strict = new Ajv2020({ allErrors: true, allowUnionTypes: true }).addSchema(closed, 'schema');

/** What is wrong with `record` as a definition of the published schema has it: nothing, if all is well. */
export function faults(definition: string, record: unknown): string[] {
  return check(published.getSchema(`schema#/$defs/${definition}`), record);
}

/** As `faults`, of a record that we wrote: a field that the schema does not describe is a fault too. */
export function ourFaults(definition: string, record: unknown): string[] {
  return check(strict.getSchema(`schema#/$defs/${definition}`), record);
}

/** The whole schema: any line, any document. */
export function lineFaults(record: unknown): string[] {
  return check(published.getSchema('schema'), record);
}

function check(validate: ValidateFunction | undefined, record: unknown): string[] {
  if (validate === undefined) throw new Error('the schema has no such definition');
  validate(record);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** A copy in which objects with named properties may have no others. */
function close(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(close);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, close(value)]));
  return copy['type'] === 'object' && 'properties' in copy ? { ...copy, additionalProperties: false } : copy;
}
