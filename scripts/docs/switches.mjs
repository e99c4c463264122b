/** What a command is called in a list of commands: without a name it is the screen, or the report. */
export const nameOf = ({ name }) => (name === '' ? 'lastack' : name);

/** `lastack report [options] <captures...>` */
export function synopsis({ name, parameters }) {
  const words = parameters.map((parameter) => {
    const word = `${parameter.name.toUpperCase()}${parameter.variadic ? '...' : ''}`.replace(/^CAPTURES/, 'CAPTURE');
    return parameter.required || name === '' ? word : `[${word}]`;
  });
  return ['lastack', ...(name === '' ? [] : [name]), ...words].join(' ');
}

/** Options that mean the same wherever they are, with the commands that have them. */
export function switches(table) {
  const rows = new Map();
  for (const command of table) {
    for (const option of command.options) {
      if (option.name === 'help') continue;
      const key = JSON.stringify([option.flags, option.description, option.choices]);
      const row = rows.get(key) ?? { ...option, commands: [] };
      row.commands.push(nameOf(command));
      rows.set(key, row);
    }
  }
  return [...rows.values()];
}

/** `report, netstat`, or `all but explain` where that is shorter. */
export function of({ commands }, table) {
  const others = `all but ${table.map(nameOf).filter((name) => !commands.includes(name)).join(', ')}`;
  const all = commands.join(', ');
  return others.length < all.length ? others : all;
}

/** `how to write it: text, json (default: text)` */
export function meaning({ description, choices, fallback }) {
  const list = choices.length === 0 ? '' : `: ${choices.join(', ')}`;
  return `${description}${list}${fallback === '' ? '' : ` (default: ${fallback})`}`;
}
