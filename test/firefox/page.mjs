// Runs in Firefox, without a bundler: carries out the runs that the server has in runs.json and sends it their files.
import { resume, train } from './browser.js';

const send = (path, body) => fetch(path, { method: 'POST', body });

/** Stops after an iteration if asked to, and then goes on. */
async function carryOut({ name, settings, files, threads, stopAfter }) {
  let used;
  const options = {
    threads,
    onStart: (start) => {
      used = start.threads;
    },
    onIteration: ({ iteration }) => {
      if (iteration === stopAfter) training.stop();
    },
  };
  let training = settings === undefined ? resume({ files, ...options }) : train({ ...settings, ...options });
  let end = await training.ended;
  if (!end.finished) {
    training = resume({ files: end.files, ...options });
    end = await training.ended;
  }
  for (const [file, content] of Object.entries(end.files)) await send(`/${name}/${file}`, content);
  return { name, threads: used, isFinished: end.finished };
}

try {
  const runs = await (await fetch('./runs.json')).json();
  const ends = [];
  for (const { files = {}, ...run } of runs) {
    const contents = Object.entries(files).map(([name, bytes]) => [name, new Uint8Array(bytes)]);
    ends.push(await carryOut({ ...run, files: Object.fromEntries(contents) }));
  }
  await send('/ended', JSON.stringify({ isolated: crossOriginIsolated, ends }));
} catch (error) {
  await send('/failed', `${error?.name}: ${error?.message}`);
}
