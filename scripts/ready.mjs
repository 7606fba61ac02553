// Stands before commands that call a tool of node_modules by its name, so that they work on a fresh clone, too.
import { setUp } from './setup.mjs';

setUp();
