/** Runs one side of a scenario, in the network namespace it was started in: `node play.mjs client|server NAME`. */
const [side, name] = process.argv.slice(2);
const scenario = await import(`./scenarios/${name}.mjs`);

// The process stays: its end would close what the scenario left open. Whoever started it ends it.
setInterval(() => {}, 1 << 30);

await scenario[side]();
console.log('done');
