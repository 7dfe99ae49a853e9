// Prints, for each file given, the nanoseconds that one parse takes: "<path> <best> <median>".
// The module is looked for where package.json was installed; see benches/README.md.
"use strict";
const { readFileSync } = require("node:fs");
const JSON5 = require("json5");

for (const path of process.argv.slice(2)) {
  const text = readFileSync(path, "utf8");
  const parse = () => {
    const start = process.hrtime.bigint();
    const value = JSON5.parse(text);
    const nanoseconds = Number(process.hrtime.bigint() - start);
    if (typeof value !== "object") throw new Error("not an object");
    return nanoseconds;
  };
  // The first rounds are for the compiler of the engine.
  const rounds = text.length > 100_000 ? 30 : 2000;
  for (let round = 0; round < rounds / 2; round++) parse();
  const times = Array.from({ length: rounds }, parse).sort((a, b) => a - b);
  console.log(`${path} ${times[0]} ${times[rounds / 2]}`);
}
