#!/usr/bin/env node
// `gemini-room-agent`, the command of the installed package: the worker, as `npm run agent` starts it.
if (process.argv.length === 2) process.argv.push('start');
await import('./main.js');
