// One talk: joins, brings the agent, plays the file, and follows the answer until the talk is complete.
import { ParticipantKind, type RemoteParticipant } from '@livekit/rtc-node';
import { bringAgent, type DispatchApi } from '../src/index.js';
import { AnswerFile } from './answer-file.js';
import { agentIdentity, type Connection, explain, requireServer, talkToken } from './connection.js';
import { CliFailure, wordsOf } from './failure.js';
import { ANSWER_MS, lastSoundMs } from './level.js';
import { Person, type PersonEvent } from './person.js';
import { TalkCompletion } from './talk-completion.js';
import type { TalkOutput, TalkSummary } from './talk-output.js';
import { TalkWatcher } from './talk-watcher.js';
import type { Wav } from './wav.js';

export interface TalkOptions {
  readonly connection: Connection;
  readonly room: string;
  readonly identity: string;
  readonly wav: Wav;
  /** What to call the file. */
  readonly name: string;
  /** Where the answer goes. */
  readonly out: string;
  /** The dispatch's metadata: a profile's text, or empty. */
  readonly metadata: string;
  /** The agent greets first, so the file waits for the end of that. */
  readonly greets: boolean;
  /** How long to wait for the end of the answer after the file was played. */
  readonly waitMs: number;
}

export interface TalkPorts {
  readonly output: TalkOutput;
  /** Ends the talk; its summary is still written. */
  readonly signal: AbortSignal;
  readonly dispatches: DispatchApi;
  /** How long the agent may take to come, and then to listen; 15 s each where omitted. */
  readonly joinMs?: number;
  /** How long the server may be away; 15 s where omitted, for one that is started again is back within six. */
  readonly reconnectMs?: number;
}

export interface TalkResult extends TalkSummary {
  /** Whether an answer was heard: at least 200 ms of sound since the file began. */
  readonly answered: boolean;
}

const JOIN_MS = 15_000;
const RECONNECT_MS = 15_000;
/** The file is played after this time even if the greeting has not ended. */
const GREETING_MS = 15_000;
/** How long to wait for the first state: some agents publish none. */
const STATE_MS = 2000;
/** Pause after the greeting before the file is played. */
const PAUSE_MS = 300;

/**
 * @throws {CliFailure} with one line that says what went wrong; after joining, the summary is written before
 */
export async function talk(options: TalkOptions, ports: TalkPorts): Promise<TalkResult> {
  const { connection, room, identity } = options;
  await requireServer(connection.url);
  const isAgent = isAgentNamed(connection.agentName);
  const person = new Person({ keepSamples: false, hears: isAgent, isAgent });
  try {
    await person.connect(connection.url, await talkToken(connection, room, identity));
  } catch (error) {
    await person.close();
    throw explain(error, connection.url);
  }
  return new Talk(options, ports, person).run();
}

class Talk {
  readonly #options: TalkOptions;
  readonly #ports: TalkPorts;
  readonly #person: Person;
  readonly #completion = new TalkCompletion();
  readonly #watcher: TalkWatcher;
  #file: AnswerFile | undefined;
  #playingAtMs: number | undefined;
  #speechEndMs: number | undefined;

  constructor(options: TalkOptions, ports: TalkPorts, person: Person) {
    this.#options = options;
    this.#ports = ports;
    this.#person = person;
    const { output, signal, reconnectMs = RECONNECT_MS } = ports;
    this.#watcher = new TalkWatcher(person, output, signal, reconnectMs);
  }

  async run(): Promise<TalkResult> {
    const { output } = this.#ports;
    const { connection, room, out } = this.#options;
    const person = this.#person;
    output.write({ type: 'joined', url: connection.url, room, identity: person.identity });
    try {
      this.#file = await AnswerFile.create(out, (stretch) => output.write({ type: 'heard', ...stretch }));
      person.on((personEvent) => this.#follow(personEvent));
      await this.#bringAgent();
      await this.#untilListening();
      await this.#play();
      await this.#untilSettled();
      return await this.#finish();
    } catch (error) {
      await this.#finish();
      // Aborted by the watcher, whose reason is the better one.
      throw this.#watcher.signal.aborted ? this.#watcher.signal.reason : explain(error, connection.url);
    }
  }

  async #bringAgent(): Promise<void> {
    const { connection, room } = this.#options;
    const { output, dispatches, joinMs = JOIN_MS } = this.#ports;
    const { agentName } = connection;
    const { signal } = this.#watcher;
    const isThere = (): boolean => this.#person.agent() !== undefined;
    const comes = async (ms: number): Promise<boolean> => {
      return Boolean(await this.#person.mayWaitFor(isThere, ms, signal));
    };
    if (agentName !== '') {
      const onDispatched = (dispatch: string, attempt: number): void => {
        output.write({ type: 'dispatched', agent: agentName, dispatch, attempt });
      };
      const presence = { isThere: async () => isThere(), comes };
      await bringAgent(dispatches, presence, { agentName, room, totalMs: joinMs, signal, onDispatched });
    } else if (!(await comes(joinMs))) {
      throw new CliFailure(`no agent came into room ${room} by itself within ${joinMs / 1000} s`);
    }
    this.#watcher.agentIsThere();
  }

  /** Waits until the agent is subscribed to the microphone and is neither initializing nor greeting. */
  async #untilListening(): Promise<void> {
    const { joinMs = JOIN_MS } = this.#ports;
    const { signal } = this.#watcher;
    const person = this.#person;
    // An agent that has just joined has no state yet, like one that publishes none.
    await person.mayWaitFor((seen) => seen.state() !== undefined, STATE_MS, signal);
    if (this.#options.greets) await person.mayWaitFor(greeted, GREETING_MS, signal);
    if (await person.mayWaitFor(listens, joinMs, signal)) return;
    const [seconds, state] = [joinMs / 1000, person.state() ?? 'unknown'];
    throw new CliFailure(
      person.listenedTo
        ? `the agent is in the room but not ready after ${seconds} s (its state is ${state}): look at its events and its log`
        : `the agent is in the room but has not subscribed to the microphone within ${seconds} s (its state is ${state})`,
    );
  }

  async #play(): Promise<void> {
    const { wav, name } = this.#options;
    const { samples, rate, durationMs } = wav;
    this.#completion.playing();
    this.#playingAtMs = Date.now();
    this.#ports.output.write({ type: 'playing', file: name, ms: Math.round(durationMs) });
    const { endedAtMs } = await this.#person.speak(samples, rate, this.#watcher.signal);
    this.#speechEndMs = Math.round(endedAtMs - durationMs + lastSoundMs(samples, rate));
    this.#completion.played(endedAtMs, this.#speechEndMs);
    this.#ports.output.write({ type: 'played' });
  }

  async #untilSettled(): Promise<void> {
    const endsMs = Date.now() + this.#options.waitMs;
    const overAtMs = (): number => Math.min(endsMs, this.#completion.overAtMs() ?? endsMs);
    for (;;) {
      const thenMs = overAtMs();
      const leftMs = thenMs - Date.now();
      if (leftMs <= 0) return;
      await this.#person.mayWaitFor(() => overAtMs() !== thenMs, leftMs, this.#watcher.signal);
    }
  }

  #follow(personEvent: PersonEvent): void {
    const nowMs = Date.now();
    switch (personEvent.type) {
      case 'sound':
        if (this.#file?.take(personEvent.samples)) this.#completion.active(nowMs);
        break;
      case 'caption':
        this.#completion.active(nowMs);
        break;
      case 'agent-state':
        if (personEvent.identity === this.#watcher.agentIdentity)
          this.#completion.state(personEvent.state, nowMs);
        break;
      case 'event':
        this.#completion.event(personEvent.event, nowMs);
        break;
      default:
        break;
    }
  }

  /** Leaves the room, completes the file and writes the summary. */
  async #finish(): Promise<TalkResult> {
    const person = this.#person;
    const recording = person.heard(this.#watcher.agentIdentity);
    const captions = person.captions();
    this.#watcher.close();
    await person.close();
    let out: string | undefined;
    try {
      out = await this.#file?.close();
    } catch (error) {
      throw new CliFailure(`cannot write ${this.#options.out}: ${wordsOf(error)}`);
    }
    const heardMs = this.#playingAtMs === undefined ? 0 : recording.soundMsSince(this.#playingAtMs);
    const firstMs = this.#speechEndMs === undefined ? undefined : recording.firstSoundAtMs(this.#speechEndMs);
    const summary: TalkSummary = {
      turns: this.#completion.turns,
      captions: captions
        .filter(({ final, complete }) => final && complete)
        .map(({ identity, text }) => ({ participant: identity, text })),
      heardMs,
      firstAnswerMs: firstMs === undefined ? null : Math.round(firstMs - (this.#speechEndMs ?? 0)),
      out: out ?? null,
    };
    this.#ports.output.write({ type: 'summary', ...summary });
    return { ...summary, answered: heardMs >= ANSWER_MS };
  }
}

function greeted(person: Person): boolean {
  return person
    .events()
    .some(({ type, phase }) => type === 'turn' && phase !== 'started' && phase !== 'generated');
}

function listens(person: Person): boolean {
  const state = person.state();
  const lastSoundMs = person.heard().lastSoundAtMs() ?? 0;
  // What is heard trails the agent's published state.
  const silent = Date.now() - lastSoundMs > PAUSE_MS;
  return person.listenedTo && silent && (state === undefined || state === 'listening' || state === 'idle');
}

/** An agent that comes into every room by itself may have any name. */
function isAgentNamed(agentName: string): (participant: RemoteParticipant) => boolean {
  return ({ identity, kind, attributes }) => {
    if (kind !== ParticipantKind.AGENT) return false;
    return (
      agentName === '' || identity === agentIdentity(agentName) || attributes['lk.agent.name'] === agentName
    );
  };
}
