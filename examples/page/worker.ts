import { serveTraining, TimeLimit } from 'wasm-trpo/browser/worker';
import { Corridor } from './corridor.ts';

serveTraining({
  environments: { Corridor: () => new TimeLimit(new Corridor(), 200) },
});
