import { resolve } from 'node:path';

/** What every report of a capture loads behind the command line: each of them waits for the command that needs it. */
const REPORT = ['capture/inputs', 'analysis/analyze', 'report/text', 'report/choices', 'report/well'];

/**
 * What the bundler is told of modules that go into one file, where it would make some forty of them: each costs its
 * opening and a deserialization of its own, 7 ms of CPU together. The command line is apart from what it shares with
 * the library, and the analysis from both: help loads none.
 *
 * @param {Map<string, string[]>} imports what each module of src imports statically, by names such as `cli/cli`
 */
export function together(imports) {
  const start = reached(['cli/cli'], imports);
  const [command, base] = partition([...start], (name) => name.startsWith('cli/'));
  return {
    groups: [
      // What starts the command line needs it before, and nothing else of it.
      { name: 'patience', test: oneOf(['cli/patience']), priority: 4 },
      { name: 'base', test: oneOf(base), priority: 3 },
      { name: 'command', test: oneOf(command), priority: 2 },
      { name: 'report', test: oneOf([...reached(REPORT, imports)]), priority: 1 },
    ],
  };
}

function reached(names, imports, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    reached(imports.get(name) ?? missing(name), imports, found);
  }
  return found;
}

function missing(name) {
  throw new Error(`there is no module ${name}: see scripts/build/together.mjs`);
}

function partition(names, test) {
  return [names.filter(test), names.filter((name) => !test(name))];
}

/** Whether the bundler's id is that of one of these modules. */
function oneOf(names) {
  const ids = new Set(names.flatMap((name) => [resolve('src', `${name}.ts`), resolve('src', `${name}.tsx`)]));
  return (id) => ids.has(id);
}
