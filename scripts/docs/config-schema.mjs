import { isConfigurable } from '../../dist/cli/config.js';

/** JSON Schema (2020-12) of the file of --config: every option of every command by its name. */
export function configSchema(table) {
  const known = new Map();
  for (const [command, option] of table.flatMap(({ name, options }) => options.map((own) => [name, own]))) {
    if (!isConfigurable(command, option.name)) continue;
    known.set(option.name, [...(known.get(option.name) ?? []), option]);
  }
  return `${JSON.stringify(
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'urn:lastack:config',
      title: 'Options of lastack in a file: lastack --config FILE',
      description: 'Each command takes those that it has; what the command line says wins.', type: 'object',
      properties: {
        $schema: { type: 'string' },
        ...Object.fromEntries([...known].map(([name, options]) => [name, property(options)])),
      },
      additionalProperties: false,
    },
    null, 2,
  )}\n`;
}

/** `options`: those of one name, of several commands; each may allow other words. */
function property(options) {
  const [{ value, repeatable, negated, choices, description }] = options;
  const told = negated ? `false: ${description}` : description;
  if (value === null) return { description: told, type: 'boolean' };
  if (choices.length > 0) return { description: told, enum: [...new Set(options.flatMap((option) => option.choices))] };
  const word = { type: ['string', 'number'] };
  return repeatable
    ? { description: told, anyOf: [word, { type: 'array', items: word, minItems: 1 }] }
    : { description: told, ...word };
}
