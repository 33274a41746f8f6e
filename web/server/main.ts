// `npm run web`: the page and the token endpoint, on WEB_HOST and WEB_PORT.
import { config as loadDotenv } from 'dotenv';
import { EnvironmentError, readEnvironment } from '../../src/config/environment.js';
import { PageError } from './page.js';
import { startWeb, type WebServer } from './server.js';
import { warningsOf } from './warnings.js';

loadDotenv({ quiet: true });

try {
  const environment = readEnvironment();
  for (const warning of warningsOf(environment.web)) console.warn(warning);
  const server = await startWeb(environment);
  console.log(`The page is at ${server.url}`);
  endWithSignals(server);
} catch (error) {
  const known = error instanceof EnvironmentError || error instanceof PageError;
  if (!known) throw error;
  console.error(`the web page cannot start: ${error.message}`);
  process.exitCode = 1;
}

function endWithSignals(server: WebServer): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
}
