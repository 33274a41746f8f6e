// A call of random events: the real bridge and supervisor on a fake clock, and a scripted service that keeps a record
// of what the model has in its context. What has to hold at the end is checked here.
import { expect } from 'vitest';
import { Bridge } from '../../src/bridge/bridge.js';
import { BridgeReport } from '../../src/bridge/bridge-report.js';
import { changeProfile } from '../../src/bridge/checked-profile.js';
import type { BridgeEnd } from '../../src/bridge/options.js';
import { capabilitiesFor } from '../../src/profile/model-capabilities.js';
import { parseProfile } from '../../src/profile/profile.js';
import type { ModelEvent } from '../../src/session/port.js';
import { Supervisor } from '../../src/session/supervisor.js';
import type { Input } from '../../src/session/wire.js';
import { NO_TOOL_DEPLOYMENT } from '../../src/tools/deployment.js';
import type { Ledger } from '../../src/turns/ledger.js';
import { type FakeClock, passed } from './fake-clock.js';
import { FakeRoom } from './fake-room.js';
import { FakeService, type FakeWire } from './fake-wire.js';
import { type StoryAnswer, storyFaults } from './story-faults.js';
import type { AnswerPlan, StoryStep } from './story-step.js';
import { frame, marks, quietLog } from './supervised.js';

const TOKEN = /\b[ut]\d+\b/g;
const PIECE_MS = 400;
const LETTERS_A_SECOND = 14;
const SILENT_FRAMES = 45;
const FRAME_MS = 20;
/** The playout is so far behind the service at most. */
const PLAYOUT_MS = 200;
/** The service ends an utterance after a pause of at least 200 ms. */
const ENDING_FRAMES = 10;
/** A model that need not answer has decided by then. */
const DECIDED_MS = 5_000;

interface Utterance {
  readonly token: string;
  readonly marks: readonly number[];
}

export class Story {
  readonly clock: FakeClock;
  readonly room = new FakeRoom();
  readonly service = new FakeService();
  readonly ends: BridgeEnd[] = [];
  readonly bridge: Bridge;
  readonly #toolRuns = new Map<number, number>();
  readonly #said: { readonly role: 'user' | 'model'; readonly text: string }[] = [];
  readonly #utterances: Utterance[] = [];
  readonly #texts: string[] = [];
  readonly #answers: StoryAnswer[] = [];
  readonly #refusals: string[] = [];
  #session!: Supervisor;
  #ledger!: Ledger;
  #marks = 0;
  #calls = 0;
  readonly #blocks: boolean;
  #inFlight = new Set<string>();
  /** Of the logical session: tokens that the model has in its context. */
  #memory: string[] = [];
  #memories = new Map<string, string[]>();
  #sessions = 0;
  /** Tokens that a model has had, whatever became of its session. */
  readonly #heard = new Set<string>();
  /** Of the connection: what has arrived, and is in no turn that was answered. */
  #pending = new Set<string>();
  readonly #since = new Map<string, number>();
  readonly #markAtMs = new Map<number, number>();
  #arrived = new Set<number>();
  #lastMark = 0;
  #silentFrames = 0;
  #read = 0;
  #speaking: StoryAnswer | undefined;
  #wordsUntilMs = 0;
  #nextFromMs = 0;
  readonly #transcribed = new Set<string>();
  /** Utterances whose transcript has come whole. */
  readonly #captionable = new Set<string>();
  #nextWordsMs = 0;
  #forgets = false;
  #timers: NodeJS.Timeout[] = [];
  #doubled: string[] = [];
  readonly #midway = new Set<string>();
  readonly log: string[] = [];

  constructor(clock: FakeClock, model: string) {
    this.clock = clock;
    const metadata = JSON.stringify({
      model,
      tools: [{ declaration: { name: 'work' }, run: { by: 'participant' }, timeoutMs: 60_000 }],
      leave: { maxDurationMs: 3_600_000 },
    });
    const parsed = parseProfile({ metadata });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { profile } = parsed;
    const capabilities = capabilitiesFor(profile);
    this.#blocks = capabilities.tools.defaultBehavior === 'BLOCKING';
    this.room.answerRpc = async ({ payload }) => {
      const number = Number(/"n":(\d+)/.exec(payload)?.[1]);
      this.#toolRuns.set(number, (this.#toolRuns.get(number) ?? 0) + 1);
      await passed(700);
      return '{"done":true}';
    };
    this.room.join('ana');
    this.bridge = new Bridge({
      room: this.room,
      voice: this.room.voice,
      profile,
      capabilities,
      report: new BridgeReport({ room: this.room, profile }),
      openSession: (listener, ledger) => {
        this.#ledger = ledger;
        this.#session = new Supervisor(
          {
            openWire: (opening, onWire) => {
              const wire = this.service.open(opening, onWire) as FakeWire;
              this.#opened(wire);
              return wire;
            },
            capabilities,
            profile,
            compresses: true,
            history: [],
            ledger: (unanswered, replayed) => ledger.contents(unanswered, replayed),
            log: quietLog,
          },
          listener,
        );
        return this.#session;
      },
      vertex: false,
      tools: NO_TOOL_DEPLOYMENT,
      changeProfile: (current, change) =>
        changeProfile(current, change, { deployment: NO_TOOL_DEPLOYMENT, vertex: false }, profile.tools),
      resample: (chunk) => chunk,
      log: quietLog,
      onEnd: (end) => this.ends.push(end),
    });
    // The bridge has put its own in.
    const onSaid = this.#ledger.onSaid;
    this.#ledger.onSaid = (said) => {
      this.#said.push(said);
      onSaid(said);
    };
    const completed = this.#ledger.completed.bind(this.#ledger);
    this.#ledger.completed = (turn, text) => {
      const index = this.#said.findLastIndex((said) => said.role === 'model' && text.startsWith(said.text));
      this.#said.splice(index, 1, { role: 'model', text });
      completed(turn, text);
    };
    this.bridge.start();
  }

  get #wire(): FakeWire {
    return this.service.wire;
  }

  get #isOpen(): boolean {
    return this.#wire.isOpen && !this.#wire.ended;
  }

  #opened(wire: FakeWire): void {
    // What a model chooses not to answer it has heard.
    for (const token of this.#pending)
      if (!this.#blocks && this.clock.nowMs - (this.#since.get(token) ?? Infinity) > DECIDED_MS)
        this.#heard.add(token);
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    this.#lost();
    const send = wire.send.bind(wire);
    wire.send = (input) => {
      if (input.type === 'audio')
        for (const mark of marks([input])) this.#markAtMs.set(mark, this.clock.nowMs);
      return send(input);
    };
    this.#wordsUntilMs = 0;
    this.#nextWordsMs = 0;
    setTimeout(() => {
      if (wire.ended || wire.closes > 0) return;
      if (wire.handle !== undefined && (this.#forgets || !this.#memories.has(wire.handle))) {
        this.#forgets = false;
        this.log.push('handle refused');
        return wire.end({ code: 1008, reason: 'BidiGenerateContent session not found' });
      }
      if (wire.handle === undefined) this.#sessions += 1;
      const handle = wire.handle ?? `s${this.#sessions}`;
      const memory = this.#memories.get(handle) ?? [];
      this.#memories.set(handle, memory);
      this.#memory = memory;
      this.#read = 0;
      this.#pending = new Set();
      if (wire.handle === undefined) this.#inFlight.clear();
      this.#arrived = new Set();
      this.log.push(wire.handle === undefined ? 'opened anew' : 'resumed');
      void wire.accept();
      setTimeout(() => {
        if (wire.isOpen) wire.emit({ type: 'resumption', handle, resumable: true });
      }, 100);
    }, 150);
  }

  /** Takes in what has come over the connection since. */
  #absorb(): void {
    const inputs = this.#wire.sent.slice(this.#read);
    this.#read += inputs.length;
    for (const input of inputs) this.#take(input);
    for (const { token, marks: all } of this.#utterances) {
      const goesOn = all.includes(this.#lastMark) && this.#silentFrames < ENDING_FRAMES;
      if (!goesOn && !this.#pending.has(token) && all.every((mark) => this.#arrived.has(mark))) {
        this.#pending.add(token);
        this.#since.set(token, this.#markAtMs.get(all.at(-1) ?? 0) ?? 0);
        for (const mark of all) this.#arrived.delete(mark);
        // The service transcribes within some seconds.
        this.#later(3_000, () => this.#transcribe(1));
      }
    }
  }

  #take(input: Input): void {
    if (input.type === 'audio') {
      this.#silentFrames = input.voiced ? 0 : this.#silentFrames + 1;
      if (input.voiced)
        for (const mark of marks([input])) {
          this.#arrived.add(mark);
          this.#lastMark = mark;
        }
    }
    if (input.type === 'text')
      for (const token of input.text.match(TOKEN) ?? []) {
        this.#pending.add(token);
        this.#since.set(token, this.clock.nowMs);
      }
    if (input.type === 'tool-results') {
      for (const { id } of input.results) {
        this.#pending.add(`r${id}`);
        this.#inFlight.delete(id);
      }
    }
    if (input.type === 'context') this.#remember(JSON.stringify(input.turns).match(TOKEN) ?? []);
  }

  /** The model has these in its context from now on. */
  #remember(tokens: readonly string[]): void {
    for (const token of tokens) {
      // A tool's result may come twice: what is heard after it may have been on its way before.
      if (this.#memory.includes(token) && !token.startsWith('r')) this.#doubled.push(token);
      this.#memory.push(token);
      this.#heard.add(token);
    }
  }

  /** Where a call blocks, its result is answered first, and what was said meanwhile after it. */
  #commit(): void {
    this.#absorb();
    const results = [...this.#pending].filter((token) => token.startsWith('r'));
    const answered = this.#blocks && results.length > 0 ? results : [...this.#pending];
    this.#remember(answered);
    // Whether a transcript is of speech in the midst of which an answer begins cannot be known: it may be read and heard.
    for (const { token, marks: all } of this.#utterances)
      if (all.some((mark) => this.#arrived.has(mark))) this.#midway.add(token);
    for (const token of answered) this.#pending.delete(token);
  }

  #emit(...events: ModelEvent[]): void {
    if (this.#isOpen) this.#wire.emit(...events);
  }

  /** On this connection, if it is there by then. */
  #later(delayMs: number, run: () => void): void {
    const wire = this.#wire;
    this.#timers.push(
      setTimeout(() => {
        if (wire === this.#wire && this.#isOpen) run();
      }, delayMs),
    );
  }

  async play(step: StoryStep): Promise<void> {
    this.log.push(JSON.stringify(step));
    if (this.#isOpen) this.#absorb();
    switch (step.do) {
      case 'wait':
        return this.clock.advance(step.ms);
      case 'say':
        return this.#say(step.frames);
      case 'type': {
        const token = `t${this.#texts.length + 1}`;
        this.#texts.push(token);
        this.room.chat('ana', `Please ${token}.`);
        return this.clock.advance(1_000);
      }
      case 'answer':
        return this.#answer(step);
      case 'transcribe':
        return this.#transcribe(step.pieces);
      case 'call':
        return this.#call(step.twice);
      case 'interrupt':
        return this.#interrupt(step.alone);
      case 'lose': {
        if (!this.#isOpen) return;
        if (step.code === 1007 || step.code === 1008) this.#refusals.push(step.reason);
        this.#lost();
        this.#wire.end({ code: step.code, reason: step.reason });
        return;
      }
      case 'forget session':
        this.#forgets = true;
        return;
      case 'go away':
        return this.#emit({ type: 'go-away', timeLeftMs: step.timeLeftMs });
    }
  }

  #lost(): void {
    if (this.#speaking) this.#speaking.cut = true;
    this.#speaking = undefined;
  }

  async #say(frames: number): Promise<void> {
    const own: number[] = [];
    for (let index = 0; index < frames; index += 1) {
      this.#marks += 1;
      own.push(this.#marks);
      this.#session.sendAudio(frame(this.#marks));
    }
    this.#utterances.push({ token: `u${this.#utterances.length + 1}`, marks: own });
    for (let index = 0; index < SILENT_FRAMES; index += 1) this.#session.sendAudio(frame(0, false));
    await this.clock.advance(200);
  }

  #transcribe(pieces: number): void {
    if (!this.#isOpen || this.clock.nowMs < this.#nextWordsMs) return;
    this.#absorb();
    for (const { token, marks: all } of this.#utterances) {
      if (!this.#pending.has(token) || this.#transcribed.has(`${token} ${this.service.wires.length}`))
        continue;
      this.#transcribed.add(`${token} ${this.service.wires.length}`);
      const letters = Math.round((all.length * FRAME_MS * LETTERS_A_SECOND) / 1000);
      const text = ` ${token} ${'m'.repeat(Math.max(0, letters - token.length - 2))}.`;
      const cut = pieces > 1 ? Math.ceil(text.length / 2) : text.length;
      this.#emit({ type: 'input-transcript', text: text.slice(0, cut), finished: false, interim: false });
      if (cut === text.length) this.#captionable.add(token);
      else {
        this.#nextWordsMs = this.clock.nowMs + 900;
        this.#later(900, () =>
          this.#emit({ type: 'input-transcript', text: text.slice(cut), finished: false, interim: false }),
        );
        // Transcripts come one after the other.
        return;
      }
    }
  }

  /** The model answers everything that has arrived. */
  #answer({ pieces, wordsLateMs, turnComplete }: AnswerPlan): void {
    if (!this.#isOpen || this.#speaking) return;
    if (this.#blocks && this.#inFlight.size > 0) return;
    // Without ids nobody can tell whose words they are that come after two answers without any.
    if (this.#wordsUntilMs - this.clock.nowMs > 700 || this.clock.nowMs < this.#nextFromMs) return;
    this.#absorb();
    if (this.#pending.size === 0) return;
    this.#commit();
    const id = this.#answers.length + 1;
    const tokens = Array.from({ length: pieces }, (_, index) => `a${id}x${index}`);
    const soundMs = pieces * PIECE_MS;
    const playedAtMs = this.clock.nowMs + soundMs + PLAYOUT_MS;
    const answer: StoryAnswer = { id, tokens, playedAtMs, whole: false, cut: false };
    this.#answers.push(answer);
    this.#speaking = answer;
    const samples = (PIECE_MS * 24_000) / 1000;
    for (const [index, token] of tokens.entries()) {
      const atMs = (index * PIECE_MS) / 4;
      this.#laterOf(answer, atMs, () =>
        this.#emit({ type: 'audio', chunk: { samples: new Int16Array(samples).fill(3_000), rate: 24_000 } }),
      );
      const text = index === tokens.length - 1 ? ` ${token}.` : ` ${token}`;
      this.#wordsUntilMs = Math.max(this.#wordsUntilMs + 1, this.clock.nowMs + atMs + wordsLateMs);
      this.#laterOf(answer, this.#wordsUntilMs - this.clock.nowMs, () => {
        this.#emit({ type: 'output-transcript', text, finished: false });
        answer.whole = index === tokens.length - 1;
      });
    }
    this.#laterOf(answer, soundMs / 4, () => this.#emit({ type: 'generation-complete' }));
    this.#laterOf(answer, soundMs, () => {
      if (turnComplete === 'in time') this.#emit({ type: 'turn-complete' });
      if (this.#speaking === answer) this.#speaking = undefined;
    });
    // Until then nobody can tell the next answer from the rest of this one.
    if (turnComplete !== 'in time') this.#nextFromMs = this.clock.nowMs + soundMs + 1_500;
    // What was said while a tool ran is answered next.
    if (this.#pending.size > 0)
      this.#later(soundMs + 2_000, () =>
        this.#answer({ pieces: 8, wordsLateMs: 0, turnComplete: 'in time' }),
      );
    if (turnComplete === 'late')
      this.#laterOf(answer, soundMs + 3_000, () => this.#emit({ type: 'turn-complete' }));
  }

  #laterOf(answer: StoryAnswer, delayMs: number, run: () => void): void {
    // What has arrived is committed with the first sound, and that is seen at once.
    if (delayMs <= 0) run();
    else
      this.#later(delayMs, () => {
        if (!answer.cut) run();
      });
  }

  #call(twice: boolean): void {
    if (!this.#isOpen || this.#speaking || (this.#blocks && this.#inFlight.size > 0)) return;
    if (this.clock.nowMs < this.#nextFromMs) return;
    this.#absorb();
    if (this.#pending.size === 0) return;
    this.#commit();
    this.#calls += 1;
    const event: ModelEvent = {
      type: 'tool-calls',
      calls: [{ id: `c${this.#calls}`, name: 'work', args: { n: this.#calls } }],
    };
    this.#emit(event);
    this.#inFlight.add(`c${this.#calls}`);
    // 3.8 does not wait for the result: the turn of the call is over.
    if (!this.#blocks) this.#emit({ type: 'generation-complete' }, { type: 'turn-complete' });
    if (twice) this.#later(300, () => this.#emit(event));
  }

  #interrupt(alone: boolean): void {
    const answer = this.#speaking;
    if (!answer || !this.#isOpen) return;
    answer.cut = true;
    // Words of the answer before that come now could be of either, and its last sound is not played yet.
    for (const before of this.#answers)
      if (!before.whole || this.clock.nowMs < before.playedAtMs) before.cut = true;
    this.#speaking = undefined;
    this.#nextFromMs = this.clock.nowMs + 300;
    this.#emit({ type: 'interrupted' });
    if (!alone) this.#later(20, () => this.#emit({ type: 'turn-complete' }));
  }

  /** Until everything is answered: the service works from now on. */
  async settle(): Promise<void> {
    this.log.push('settle');
    for (let round = 0; round < 40; round += 1) {
      await this.clock.advance(1_500);
      if (this.#session.state.phase === 'closed') return;
      this.#transcribe(1);
      this.#answer({ pieces: 8, wordsLateMs: 0, turnComplete: 'in time' });
      if (round > 25 && this.#isOpen && !this.#speaking) {
        this.#absorb();
        if (this.#pending.size === 0) break;
      }
    }
    await this.clock.advance(8_000);
  }

  async close(): Promise<void> {
    const closing = this.bridge.close();
    await this.clock.advance(5_000);
    await closing;
  }

  /** What has to hold, with the story where it does not. */
  check(): void {
    const wrong = this.#faults();
    if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n${this.log.join('\n')}`);
  }

  #faults(): string[] {
    return storyFaults({
      ends: this.ends,
      refusals: this.#refusals,
      toolRuns: this.#toolRuns,
      errors: this.room
        .eventsOn('gemini.event')
        .flatMap(({ type, code }) => (type === 'error' ? [String(code)] : [])),
      words: [...this.#utterances.map(({ token }) => token), ...this.#texts],
      heard: this.#heard,
      doubled: this.#doubled.filter((token) => !this.#midway.has(token)),
      said: this.#said,
      answers: this.#answers,
      transcribed: this.#captionable,
    });
  }
}

export function expectSound(story: Story): void {
  story.check();
  expect(story.room.voice.faults).toEqual([]);
}
