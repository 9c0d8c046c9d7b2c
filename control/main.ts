#!/usr/bin/env node
import { main } from './cli/main.ts';
import { findStores, removeStore } from './recover.ts';
import { startControl } from './start.ts';

/** The edge of control's process: the command line in, an exit code out. */
process.exitCode = await main(process.argv.slice(2), { start: startControl, findStores, removeStore });
