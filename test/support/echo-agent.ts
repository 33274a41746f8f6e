// A stand-in for the agent: joins as one, hears people, and answers what they said with a tone, captions and events.
import { type AgentEvent, Person, type PersonEvent } from '../../cli/person.js';
import type { AgentState } from '../../src/protocol/topics.js';
import { within } from '../../src/util/abort.js';
import { agentToken } from './tokens.js';
import { sine } from './tone.js';

export interface EchoAgentOptions {
  readonly url: string;
  readonly room: string;
  /** `agent-gemini` where omitted. */
  readonly identity?: string;
  /** The token of a job; one of its own making where omitted. */
  readonly token?: string;
  /** Said aloud, as a whole turn, after joining. */
  readonly greeting?: { readonly samples: Int16Array; readonly rate: number };
  /** Its answer; a tone of 660 Hz for 800 ms where omitted. */
  readonly answer?: { readonly samples: Int16Array; readonly rate: number };
  /** What the captions say. */
  readonly heardText?: string;
  readonly answerText?: string;
  /** Silence after which it takes a person's turn as over. */
  readonly turnEndMs?: number;
  /** Say nothing aloud, as an agent in text modality. */
  readonly mute?: boolean;
}

const ANSWER_RATE = 24_000;
const SPEECH_RMS = 400;
const STATE_WAIT_MS = 100;

export interface EchoAgent extends AsyncDisposable {
  readonly person: Person;
  /** Answers begun so far. */
  readonly answers: number;
  send(event: Omit<AgentEvent, 'v' | 'epoch' | 'seq' | 'at'> & { type: string }): Promise<void>;
  setState(state: AgentState): Promise<void>;
}

/** Joins, and is listening when this resolves (or about to greet). */
export async function startEchoAgent(options: EchoAgentOptions): Promise<EchoAgent> {
  const agent = new Echo(options);
  await agent.join();
  return agent;
}

class Echo implements EchoAgent {
  readonly person = new Person({ keepSamples: false });
  answers = 0;
  readonly #options: EchoAgentOptions;
  #sequence = 0;
  #segments = 0;
  #lastSpeechMs: number | undefined;
  #speaker = '';
  // One after the other, so that messages arrive in the order in which they were made.
  #work: Promise<void> = Promise.resolve();

  constructor(options: EchoAgentOptions) {
    this.#options = options;
    this.person.on((personEvent) => this.#notice(personEvent));
  }

  async join(): Promise<void> {
    const { url, room, identity = 'agent-gemini', token, greeting } = this.#options;
    await this.person.connect(url, token ?? (await agentToken({ identity, room })));
    await this.setState('listening');
    await this.send({ type: 'session', state: 'open', restored: 'none' });
    if (greeting) this.#then(() => this.#greet(greeting.samples, greeting.rate));
  }

  async setState(state: AgentState): Promise<void> {
    const told = this.person.room.localParticipant?.setAttributes({ 'lk.agent.state': state });
    // The room knows at once, but now and then rtc-node (0.13.35) says so only after 5 s: nothing may wait for that.
    await within(Promise.resolve(told), STATE_WAIT_MS);
  }

  async send(event: Parameters<EchoAgent['send']>[0]): Promise<void> {
    const whole = { v: 1, call: 'c', epoch: 1, seq: ++this.#sequence, at: Date.now(), ...event };
    await this.person.sendText('gemini.event', JSON.stringify(whole));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.person.close();
    await this.#work;
  }

  #notice(personEvent: PersonEvent): void {
    if (personEvent.type !== 'sound') return;
    const { identity, atMs } = personEvent;
    const recording = this.person.heard(identity);
    const level = recording.envelope().at(-1) ?? 0;
    if (level > SPEECH_RMS) {
      if (this.#lastSpeechMs === undefined) {
        this.#speaker = identity;
        this.#then(() => this.send({ type: 'speech', participant: identity, phase: 'started' }));
      }
      this.#lastSpeechMs = atMs;
    } else if (
      this.#lastSpeechMs !== undefined &&
      atMs - this.#lastSpeechMs > (this.#options.turnEndMs ?? 400)
    ) {
      this.#lastSpeechMs = undefined;
      const speaker = this.#speaker;
      this.#then(() => this.#answer(speaker));
    }
  }

  async #answer(speaker: string): Promise<void> {
    const { answer, heardText = 'hello there', answerText = 'hello to you', mute = false } = this.#options;
    const turn = ++this.answers;
    await this.send({ type: 'speech', participant: speaker, phase: 'ended' });
    await this.#caption(speaker, [heardText.split(' ')[0] ?? '', heardText]);
    await this.send({ type: 'turn', turn, phase: 'started' });
    await this.setState('speaking');
    const { samples, rate } = answer ?? { samples: sine(660, 800, ANSWER_RATE), rate: ANSWER_RATE };
    const spoken = mute ? undefined : this.person.speak(samples, rate);
    await this.#caption(this.person.identity, [answerText.split(' ')[0] ?? '', answerText]);
    await spoken;
    await this.send({ type: 'turn', turn, phase: 'completed' });
    await this.setState('listening');
  }

  async #greet(samples: Int16Array, rate: number): Promise<void> {
    await this.send({ type: 'turn', turn: 0, phase: 'started' });
    await this.setState('speaking');
    await this.person.speak(samples, rate);
    await this.send({ type: 'turn', turn: 0, phase: 'completed' });
    await this.setState('listening');
  }

  /** Each text but the last as an interim stream, the last as the final one. */
  async #caption(identity: string, texts: readonly string[]): Promise<void> {
    const segment = `SG_${++this.#segments}`;
    for (const [index, text] of texts.entries()) {
      const writer = await this.person.room.localParticipant?.streamText({
        topic: 'lk.transcription',
        senderIdentity: identity,
        attributes: {
          'lk.segment_id': segment,
          'lk.transcription_final': String(index === texts.length - 1),
        },
      });
      await writer?.write(text);
      await writer?.close();
    }
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => {
      // The room may be gone in the middle of an answer: a test that ends is no failure.
    });
  }
}
