// `npm run bench`: reads the command line; what it asks for is loaded once rtc-node's log is out of the way.
import { withLogsOnStandardError } from '../../cli/standard-output.js';
import { type Options, readOptions, USAGE } from './options.js';

const options = optionsOrUsage();
const { run } = await withLogsOnStandardError(() => import('./run.js'));
await run(options);

function optionsOrUsage(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}
