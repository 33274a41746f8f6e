// Options of a local Live API.
import type { OpenAnswerer } from './answerer-port.js';
import type { ScenarioInput } from './scenario/schema.js';
import type { Limits } from './session/limits.js';
import type { PaceOption } from './session/pace.js';
import type { ResumptionRules } from './session/resumption.js';
import type { Speech } from './speech/port.js';

export interface LiveApiOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** The IP address to listen on: 127.0.0.1 by default. Any other than the loopback lets other machines in. */
  readonly host?: string;
  /**
   * Names besides the address and `localhost` under which `/control/` answers, as a container's name in its network.
   * Requests for other names are refused: a web page could have pointed its own name at this address.
   */
  readonly controlHosts?: readonly string[];
  /**
   * `models` (default) recognises words and speaks, and says so in the log where the models are missing.
   * `tones` detects that somebody speaks and answers in tones: light enough for hundreds of sessions.
   */
  readonly speech?: 'models' | 'tones' | Speech;
  /** Folder of the recognition model. */
  readonly modelDir?: string;
  /** How the server answers; the built-in answerer by default. */
  readonly answerer?: OpenAnswerer;
  /** `measured` (default) takes the times of the real service, `prompt` does not wait; or single times. */
  readonly pace?: PaceOption;
  readonly resumption?: Partial<ResumptionRules>;
  /** How long connections and sessions last; as documented by default, `Infinity` for no limit. */
  readonly limits?: Partial<Limits>;
  /** What the model does instead of answering by itself. */
  readonly scenario?: ScenarioInput;
  /** Serves https and wss on the same port as http and ws; `openTls` makes key and certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Whether models that Google has shut down are served; default: yes. */
  readonly retired?: 'serve' | 'refuse';
  /** Keeps what sessions received and sent, the newest 16 MB of each. True by default. */
  readonly record?: boolean;
  readonly log?: (line: string) => void;
}
