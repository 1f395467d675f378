// Turns Gymnasium recordings (one object per step) into columns, which hold each name once; no digit is lost.
// Usage: node scripts/compactGymnasiumReference.mjs <folder with recordings> <folder for the compact files>
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [inputFolder, outputFolder] = process.argv.slice(2);
if (!inputFolder || !outputFolder) {
  console.error('Give two folders: node scripts/compactGymnasiumReference.mjs <input> <output>');
  process.exit(1);
}

mkdirSync(outputFolder, { recursive: true });
for (const file of readdirSync(inputFolder).filter((name) => name.endsWith('.json'))) {
  const recording = JSON.parse(readFileSync(join(inputFolder, file), 'utf8'));
  const episodes = recording.episodes.map(({ steps, ...head }) =>
    JSON.stringify({ ...head, ...columns(steps) }),
  );
  const head = JSON.stringify({ environment: recording.environment, source: recording.source }).slice(0, -1);
  writeFileSync(join(outputFolder, file), `${head},"episodes":[\n${episodes.join(',\n')}\n]}\n`);
}

/** actions, states and observations [steps x size]; rewards, terminated and truncated (0 or 1) [steps]. */
function columns(steps) {
  return {
    actions: steps.map((step) => step.action),
    states: steps.map((step) => step.state),
    observations: steps.map((step) => step.observation),
    rewards: steps.map((step) => step.reward),
    terminated: steps.map((step) => Number(step.terminated)),
    truncated: steps.map((step) => Number(step.truncated)),
  };
}
