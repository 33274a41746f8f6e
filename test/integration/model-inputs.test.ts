// Every model of the capability table is sent every kind of input, on real sockets, in sessions that are fresh, resumed
// and rebuilt: the service, which closes with 1007 over what a model does not take, never has to.
import type { LiveApiServer, LiveApiSession } from '@gemini-room-agent/live-api';
import { describe, expect, test, vi } from 'vitest';
import { CAPABILITY_TABLE } from '../../src/capabilities/table.js';
import { geminiWire } from '../../src/gemini/wire.js';
import { capabilitiesFor } from '../../src/profile/model-capabilities.js';
import { type Profile, parseProfile } from '../../src/profile/profile.js';
import type { Content, ModelEvent, ToolCall } from '../../src/session/port.js';
import { Supervisor } from '../../src/session/supervisor.js';
import type { OpenWire } from '../../src/session/wire.js';
import { startShortAnswers } from '../support/short-answers.js';
import { frame, quietLog } from '../support/supervised.js';

const WITHIN_MS = 20_000;
const SAID: readonly Content[] = [
  { role: 'user', parts: [{ text: 'I am Ana.' }] },
  { role: 'model', parts: [{ text: 'Hello, Ana.' }] },
];

function profileOf(model: string, manual: boolean): Profile {
  const { row } = CAPABILITY_TABLE.get(model) ?? {};
  const wanted = {
    model,
    ...(manual ? { listen: { policy: 'push-to-talk' } } : {}),
    ...(row?.modalities.includes('audio') ? {} : { modality: 'text' }),
    ...(row?.translation ? { live: { translationConfig: { targetLanguageCode: 'de' } } } : {}),
    ...(row?.tools.functions ? { tools: [{ declaration: { name: 'look', description: 'Looks' } }] } : {}),
  };
  const parsed = parseProfile({ metadata: JSON.stringify(wanted) });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.profile;
}

class Talk implements AsyncDisposable {
  readonly service: LiveApiServer;
  readonly session: Supervisor;
  readonly events: ModelEvent[] = [];
  readonly #profile: Profile;
  #frames = 0;

  private constructor(service: LiveApiServer, model: string, manual: boolean) {
    this.service = service;
    const profile = profileOf(model, manual);
    const capabilities = capabilitiesFor(profile);
    this.#profile = profile;
    const openWire: OpenWire = geminiWire({
      access: { apiKey: 'key', baseUrl: service.url },
      profile,
      capabilities,
      log: quietLog,
    });
    this.session = new Supervisor(
      {
        openWire,
        capabilities,
        profile,
        compresses: true,
        history: capabilities.initialHistory === 'none' ? [] : SAID,
        ledger: () => SAID,
        log: quietLog,
      },
      (event) => this.events.push(event),
    );
  }

  static async start(model: string, manual: boolean): Promise<Talk> {
    const service = await startShortAnswers({
      scenario: {
        rules: [
          { when: { text: '^look$' }, do: [{ call: { name: 'look', args: {} } }] },
          { when: { text: '.' }, do: [{ say: 'Well.' }] },
          { when: { speech: true }, do: [{ say: 'Yes.' }] },
        ],
      },
    });
    const talk = new Talk(service, model, manual);
    talk.session.start();
    await talk.open(1);
    return talk;
  }

  get #live(): LiveApiSession {
    const session = this.service.sessions.at(-1);
    if (!session) throw new Error('nothing was opened');
    return session;
  }

  get calls(): readonly ToolCall[] {
    return this.events.flatMap((event) => (event.type === 'tool-calls' ? event.calls : []));
  }

  /** The nth time that a connection is open; how it came about. */
  async open(nth: number): Promise<string | undefined> {
    const opened = (): ModelEvent[] =>
      this.events.filter((event) => event.type === 'connection' && event.state === 'open');
    await vi.waitFor(() => expect(opened().length).toBeGreaterThanOrEqual(nth), WITHIN_MS);
    const [event] = opened().slice(nth - 1);
    return event?.type === 'connection' ? event.restored : undefined;
  }

  /** Every kind of input, and the end of it has arrived. */
  async sendAll(): Promise<void> {
    const { session } = this;
    const turns: Content[] = [{ role: 'user', parts: [{ text: 'By the way.' }] }];
    await this.#look();
    this.#answerCalls();
    session.sendContext(turns, false);
    session.startActivity();
    this.#speak();
    session.endActivity();
    session.endAudio();
    session.sendImage({ bytes: new Uint8Array([0xff, 0xd8, 0xff, 0xd9]) });
    session.sendText('Hello.');
    session.sendContext(turns, true);
    // Where it is no input, it makes another connection.
    if (capabilitiesFor(this.#profile).contextUpdate) this.#reconfigure();
    await this.arrived();
  }

  #reconfigure(): void {
    this.session.reconfigure({
      profile: this.#profile,
      instructions: true,
      tools: true,
      setup: false,
      onRefused: () => {},
    });
  }

  #answerCalls(): void {
    for (const { id, name } of this.session.openCalls)
      this.session.sendToolResults([{ id, name, response: { seen: 1 }, scheduling: 'SILENT' }]);
  }

  /** Asks for a tool. What is sent again after a loss may be answered first, together with the text. */
  async #look(): Promise<void> {
    const known = this.calls.length;
    while (this.calls.length === known) {
      // A model waits for the result of a call: an unanswered one, of an earlier text, would hold the answer back.
      this.#answerCalls();
      const turns = this.#turns;
      this.session.sendText('look');
      if (this.#profile.tools.length === 0) return;
      await vi.waitFor(
        () => expect(this.calls.length + this.#turns).toBeGreaterThan(known + turns),
        WITHIN_MS,
      );
    }
  }

  get #turns(): number {
    return this.events.filter(({ type }) => type === 'turn-complete').length;
  }

  /** A call is in flight when its session is lost and cannot be resumed: its result goes to the next one. */
  async callAndLose(): Promise<void> {
    await this.#look();
    const calls = [...this.session.openCalls];
    this.service.faults.refuseHandles(1);
    this.service.faults.kill();
    for (const { id, name } of calls)
      void this.#later(() => this.session.sendToolResults([{ id, name, response: { seen: 2 } }]));
  }

  async #later(run: () => void): Promise<void> {
    await this.open(3);
    run();
  }

  /** What was sent has reached the service: it has answered a later ping of the socket, or has closed it. */
  async arrived(): Promise<void> {
    this.#frames += 1;
    const mark = Buffer.from(frame(this.#frames, true).samples.buffer).toString('base64');
    const session = this.#live;
    if (this.session.state.phase !== 'open') return;
    this.session.startActivity();
    this.session.sendAudio(frame(this.#frames, true));
    this.session.endActivity();
    const isMark = (message: object): boolean => JSON.stringify(message).includes(mark);
    await vi.waitFor(
      () => expect(session.received.some(isMark) || session.close !== undefined).toBe(true),
      WITHIN_MS,
    );
  }

  #speak(): void {
    for (let index = 0; index < 10; index += 1) {
      this.#frames += 1;
      this.session.sendAudio(frame(this.#frames));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
    await this.service.close();
  }
}

describe.concurrent.each([...CAPABILITY_TABLE.keys()])('%s', (model) => {
  test.each([
    { manual: false, turns: 'automatic detection' },
    { manual: true, turns: 'push-to-talk' },
  ])('takes what it is sent, fresh, resumed and rebuilt ($turns)', async ({ manual }) => {
    await using talk = await Talk.start(model, manual);
    await talk.sendAll();
    talk.service.faults.kill();
    expect(await talk.open(2)).toBe('resumed');
    await talk.sendAll();
    await talk.callAndLose();
    expect(await talk.open(3)).toBe('rebuilt');
    await talk.sendAll();
    const closes = talk.service.sessions.flatMap(({ close }) =>
      close ? [`${close.code} ${close.reason}`] : [],
    );
    expect(closes.filter((close) => /^100[78]/.test(close))).toEqual([
      '1008 BidiGenerateContent session not found',
    ]);
    const errors = talk.events.filter((event) => event.type === 'error');
    expect(errors.filter(({ code }) => code !== 'input')).toEqual([]);
    expect(errors.filter(({ message }) => message.includes('closed'))).toEqual([]);
  });
});
