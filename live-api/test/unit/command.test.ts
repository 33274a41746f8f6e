// What the command line and the variables of `npm run live-api` mean together, and what is said of mistakes.
import { describe, expect, it } from 'vitest';
import { readCommand, type Variables } from '../../src/command.js';

const defaults = {
  port: 8790,
  host: '127.0.0.1',
  controlHost: undefined,
  scenario: undefined,
  replay: undefined,
  speech: 'models',
  modelDir: undefined,
  retired: 'serve',
  record: false,
  tls: false,
  tlsDir: undefined,
};

describe('a command', () => {
  it('has defaults', () => {
    expect(readCommand([], {})).toEqual(defaults);
  });

  it('takes options, in both forms', () => {
    const args = [
      '--port=0',
      '--scenario',
      'f.yaml',
      '--speech',
      'tones',
      '--model-dir=m',
      '--record',
      '--tls',
    ];
    const more = ['--retired', 'refuse', '--tls-dir=t', '--host=0.0.0.0', '--control-host', 'live-api'];
    expect(readCommand([...args, ...more], {})).toEqual({
      port: 0,
      host: '0.0.0.0',
      controlHost: 'live-api',
      scenario: 'f.yaml',
      replay: undefined,
      speech: 'tones',
      modelDir: 'm',
      retired: 'refuse',
      record: true,
      tls: true,
      tlsDir: 't',
    });
  });

  it('takes variables, and options before them', () => {
    const variables = {
      port: '1234',
      host: '::1',
      controlHost: 'proxy',
      scenario: 'v.json',
      speech: 'tones',
      modelDir: 'v',
      retired: 'refuse',
      tls: '1',
      tlsDir: 't',
    };
    expect(readCommand([], variables)).toEqual({
      ...variables,
      port: 1234,
      replay: undefined,
      record: false,
      tls: true,
    });
    expect(readCommand(['--port', '5678', '--speech', 'models'], variables)).toMatchObject({
      port: 5678,
      speech: 'models',
      scenario: 'v.json',
    });
  });

  it('takes a variable that is set but empty for one that is not set', () => {
    const empty = {
      port: '',
      host: '',
      controlHost: '',
      scenario: '',
      speech: '',
      modelDir: '',
      retired: '',
      tls: '',
      tlsDir: '',
    };
    expect(readCommand([], empty)).toEqual(defaults);
  });

  it('may be to help', () => {
    expect(readCommand(['--help'], { port: 'wrong' })).toBe('help');
    expect(readCommand(['-h'], {})).toBe('help');
  });

  it.each<[string[], Variables, string]>([
    [['--prot', '1'], {}, "Unknown option '--prot'; --help lists the options"],
    [['f.yaml'], {}, "Unexpected argument 'f.yaml'; --help lists the options"],
    [['--port'], {}, "Option '--port <value>' argument missing; --help lists the options"],
    [['--port', 'x'], {}, '--port has to be a port number, 0 for a free one'],
    [['--port', '65536'], {}, '--port has to be a port number, 0 for a free one'],
    [['--port', ' 1'], {}, '--port has to be a port number, 0 for a free one'],
    [['--host', 'localhost'], {}, '--host has to be an IP address, as 127.0.0.1 or 0.0.0.0'],
    [[], { host: '0.0.0' }, 'LIVE_API_HOST has to be an IP address, as 127.0.0.1 or 0.0.0.0'],
    [['--control-host='], {}, '--control-host is empty; give it a value or leave it out'],
    [['--scenario', ''], {}, '--scenario is empty; give it a value or leave it out'],
    [['--speech', 'loud'], {}, '--speech has to be one of models, tones'],
    [[], { tls: 'maybe' }, 'LIVE_API_TLS has to be 1 or 0'],
    [[], { port: '-1' }, 'LIVE_API_PORT has to be a port number, 0 for a free one'],
    [[], { retired: 'maybe' }, 'LIVE_API_RETIRED has to be one of serve, refuse'],
    [[], { speech: 'none' }, 'LIVE_API_SPEECH has to be one of models, tones'],
  ])('%j with %j is refused', (args, variables, words) => {
    expect(() => readCommand(args, variables)).toThrow(new Error(words));
  });
});
