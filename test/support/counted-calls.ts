// Calls at one worker whose turns, tools and losses the test counts itself, to compare them with the worker's metrics.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { RpcError } from '@livekit/rtc-node';
import { expect, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import type { LiveKitServer } from './livekit-server.js';
import { ownName } from './own-name.js';
import { startShortAnswers } from './short-answers.js';
import { personToken } from './tokens.js';
import { sine } from './tone.js';
import type { TestWorker } from './worker.js';

/** Answers words and speech, and calls three tools of which one fails. */
export function startCountedAnswers(): Promise<LiveApiServer> {
  return startShortAnswers({
    record: false,
    scenario: {
      rules: [
        { when: { text: '^look$' }, do: [{ call: { name: 'look', args: {} } }] },
        { when: { text: '^break$' }, do: [{ call: { name: 'break', args: {} } }] },
        { when: { text: '^time$' }, do: [{ call: { name: 'current_time', args: {} } }] },
        { when: { toolResponse: '.' }, do: [{ say: 'Done.' }] },
        { when: { text: '.' }, do: [{ say: 'Well.' }] },
        { when: { speech: true }, do: [{ say: 'Yes.' }] },
      ],
    },
  });
}

const profile = {
  leave: { whenAloneMs: 500 },
  tools: [
    ...['look', 'break'].map((name) => ({ declaration: { name }, run: { by: 'participant' } })),
    { declaration: { name: 'current_time' }, run: { by: 'module', name: 'current-time' } },
  ],
};
/** A busy machine starts processes slowly; only that it happens counts. */
const ANSWERED_WITHIN_MS = 40_000;

export interface CountedCallsOptions {
  readonly livekit: LiveKitServer;
  readonly liveApi: LiveApiServer;
  readonly worker: TestWorker;
  readonly calls: number;
}

export class CountedCalls {
  readonly #options: CountedCallsOptions;
  readonly #people: readonly Person[];
  /** What the test has done and seen answered. */
  turns = 0;
  losses = 0;
  readonly tools = { look: 0, break: 0, current_time: 0 };

  private constructor(options: CountedCallsOptions, people: readonly Person[]) {
    this.#options = options;
    this.#people = people;
  }

  /** Every agent listens when this resolves. */
  static async start(options: CountedCallsOptions): Promise<CountedCalls> {
    const { livekit, worker, calls } = options;
    const people = await Promise.all(
      Array.from({ length: calls }, async (_, index) => {
        const person = new Person({ keepSamples: false });
        const room = ownName(`counted-${index}`);
        await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
        person.registerRpc('look', async () => '{"sky":"blue"}');
        person.registerRpc('break', async () => {
          throw new RpcError(RpcError.ErrorCode.APPLICATION_ERROR, 'it is broken');
        });
        await worker.dispatch(room, profile);
        await person.waitFor(() => person.state() === 'listening' && person.listenedTo, ANSWERED_WITHIN_MS);
        return person;
      }),
    );
    return new CountedCalls(options, people);
  }

  /** Each call: a spoken turn, and a typed one with each tool. */
  async round(): Promise<void> {
    await Promise.all(this.#people.map((person) => this.#round(person)));
  }

  /** Each call: a typed turn. */
  async ask(): Promise<void> {
    await Promise.all(this.#people.map((person) => this.#ask(person)));
  }

  /** As many rounds as each call has time for. */
  async rounds(forMs: number): Promise<void> {
    const endsMs = performance.now() + forMs;
    const talkOn = async (person: Person): Promise<void> => {
      while (performance.now() < endsMs) await this.#round(person);
    };
    await Promise.all(this.#people.map(talkOn));
  }

  /** Every connection to the Live API breaks, between two turns; resolves when each is restored. */
  async lose(): Promise<void> {
    const before = this.#people.map(restored);
    this.#options.liveApi.faults.kill('all');
    await Promise.all(
      this.#people.map((person, index) =>
        person.waitFor(() => restored(person) > (before[index] ?? 0), ANSWERED_WITHIN_MS),
      ),
    );
    this.losses += this.#people.length;
  }

  /** Ends the calls, and waits until the worker's metrics say what has happened. */
  async end(): Promise<void> {
    const { worker } = this.#options;
    const calls = this.#people.length;
    const tokens = (): number => this.#people.reduce((sum, person) => sum + tokensOf(person), 0);
    // The usage of a turn may come after its end, and nobody who has left gets it.
    await vi.waitFor(async () => expect((await figuresOf(worker)).tokens).toBe(tokens()), {
      timeout: ANSWERED_WITHIN_MS,
      interval: 200,
    });
    await Promise.all(this.#people.map((person) => person.close()));
    const tool = (kind: string, outcome: string): string =>
      `gemini_room_tool_duration_seconds_count{tool_kind="${kind}",outcome="${outcome}"}`;
    const happened = {
      gemini_room_rooms: 0,
      'gemini_room_calls_total{outcome="alone"}': calls,
      'gemini_room_calls_total{outcome="failed"}': 0,
      'gemini_room_dispatches_total{outcome="accepted"}': calls,
      'gemini_room_sessions_total{outcome="opened"}': calls,
      'gemini_room_sessions_total{outcome="resumed"}': this.losses,
      'gemini_room_sessions_total{outcome="rebuilt"}': 0,
      'gemini_room_sessions_total{outcome="refused"}': 0,
      gemini_room_connection_away_seconds_count: this.losses,
      gemini_room_end_of_speech_to_audio_seconds_count: this.turns,
      'gemini_room_captions_total{side="agent"}': this.turns,
      [tool('participant', 'ok')]: this.tools.look,
      [tool('participant', 'error')]: this.tools.break,
      [tool('module', 'ok')]: this.tools.current_time,
      [tool('module', 'error')]: 0,
      tokens: tokens(),
    };
    // AgentServer counts a job until its process has ended.
    await vi.waitFor(async () => expect(await figuresOf(worker)).toMatchObject(happened), {
      timeout: ANSWERED_WITHIN_MS,
      interval: 200,
    });
  }

  async #round(person: Person): Promise<void> {
    await this.#turn(person, () => person.speak(sine(300, 1_000, 48_000), 48_000));
    for (const [text, name] of [
      ['look', 'look'],
      ['break', 'break'],
      ['time', 'current_time'],
    ] as const) {
      await this.#turn(person, () => person.sendChat(text));
      this.tools[name] += 1;
    }
  }

  async #ask(person: Person): Promise<void> {
    await this.#turn(person, () => person.sendChat('How are you?'));
  }

  async #turn(person: Person, ask: () => Promise<unknown>): Promise<void> {
    const before = completed(person);
    await ask();
    await person.waitFor(() => completed(person) > before, ANSWERED_WITHIN_MS);
    this.turns += 1;
  }
}

function completed(person: Person): number {
  return person.events().filter(({ type, phase }) => type === 'turn' && phase === 'completed').length;
}

function tokensOf(person: Person): number {
  const usage = person.events().filter(({ type }) => type === 'usage');
  return usage.reduce((sum, { prompt, response }) => sum + Number(prompt) + Number(response), 0);
}

function restored(person: Person): number {
  return person.events().filter(({ type, restored: how }) => type === 'session' && how !== undefined).length;
}

/** Every sample of a scrape by its name and labels, and `tokens`, their sum. */
export async function figuresOf(worker: TestWorker): Promise<Record<string, number>> {
  const text = await (await fetch(`${worker.healthUrl}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const figures: Record<string, number> = { tokens: 0 };
  for (const line of lines) {
    const space = line.lastIndexOf(' ');
    const [name, value] = [line.slice(0, space), Number(line.slice(space + 1))];
    figures[name] = value;
    if (name.startsWith('gemini_room_tokens_total')) figures.tokens = (figures.tokens ?? 0) + value;
  }
  return figures;
}
