/** The program of workers in a page that trains on known environments. */

import { serveTraining } from './browser/serveTraining.js';

serveTraining();
