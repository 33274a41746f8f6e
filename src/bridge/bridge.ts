// The composition root of one call: connects a room and a session through the lanes.
import type { CallLimit, LimitLeft } from '../lanes/auto-leave.js';
import { RoomMessages } from '../lanes/room-messages.js';
import { Tools } from '../lanes/tools.js';
import type { RemoteTrack, RoomEvent } from '../room/port.js';
import type { ConnectionState, ModelEvent, ModelEventOf, ModelSession } from '../session/port.js';
import { isOfAnswer, type TurnStamp } from '../session/turn.js';
import { Asker } from '../turns/asker.js';
import { InputTimeline } from '../turns/input-timeline.js';
import { Ledger } from '../turns/ledger.js';
import { Presence } from '../turns/presence.js';
import { reportOf } from '../turns/report.js';
import { SpeechActivity } from '../turns/speech-activity.js';
import { UsageTotals } from '../turns/usage-totals.js';
import { originOf, restoreConversation, StateRecorder } from './bridge-state.js';
import { BridgeBuiltIns } from './built-ins.js';
import { BridgeClients } from './clients.js';
import { takenBack } from './commands.js';
import { BridgeInput } from './input.js';
import { LiveProfile } from './live-profile.js';
import type { BridgeEnd, BridgeOptions } from './options.js';
import { BridgeOutput } from './output.js';
import { BridgePeople } from './people.js';
import type { Speaking } from './speaking.js';
import { TypedInput } from './typed-input.js';

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #messages: RoomMessages;
  readonly #session: ModelSession;
  readonly #input: BridgeInput;
  readonly #output: BridgeOutput;
  readonly #tools: Tools;
  readonly #presence: Presence;
  readonly #speech: SpeechActivity;
  readonly #profile: LiveProfile;
  readonly #usage = new UsageTotals();
  readonly #ledger: Ledger;
  readonly #recorder: StateRecorder;
  readonly #timeline = new InputTimeline<RemoteTrack>();
  readonly #asker = new Asker(() => this.#input.manual !== undefined);
  readonly #people: BridgePeople;
  readonly #builtIns: BridgeBuiltIns;
  readonly #typed: TypedInput;
  readonly #clients: BridgeClients;
  #detach: () => void = () => {};
  #connection: ConnectionState = 'connecting';
  #end: BridgeEnd | undefined;
  #closed: Promise<void> | undefined;

  /** Stores and connects its parts; nothing happens before start(). */
  constructor(options: BridgeOptions) {
    this.#options = options;
    const { profile, report, log, restored } = options;
    const origin = originOf(restored);
    this.#ledger = new Ledger(undefined, restored?.ledger);
    const observer = report.observer(() => [this.#clients, this.#people?.idle]);
    const onPosted = (about: string): void => this.#recorder.changed(about);
    const messages = new RoomMessages({ ...options, observer, onPosted });
    this.#messages = messages;
    const emit = messages.event.bind(messages);
    this.#presence = new Presence((state) => messages.state(state));
    this.#speech = new SpeechActivity({
      report: (participant, phase) => emit({ type: 'speech', participant, phase }),
      onStarted: () => this.#output.advance({ type: 'person-started' }),
    });
    this.#output = new BridgeOutput({
      ...options,
      messages,
      presence: this.#presence,
      ledger: this.#ledger,
      input: () => this.#input,
      timeline: this.#timeline,
      turn: () => this.#session.turn,
      asker: this.#asker,
      onSpeaking: (speaking) => {
        this.#people.speaking(speaking);
        this.#builtIns.speaking(speaking);
        this.#input.voice(speaking);
      },
      onCutOff: () => this.#builtIns.interrupted(),
    });
    const session = options.openSession((event, turn) => this.#onModel(event, turn), this.#ledger);
    this.#session = session;
    this.#typed = new TypedInput({
      session,
      ledger: this.#ledger,
      report,
      messages,
      profile: () => this.#profile.current,
      asker: this.#asker,
      onAsked: () => {
        this.#output.captions.typed();
        this.#people.idle.active();
        this.#onAsked();
      },
    });
    this.#builtIns = new BridgeBuiltIns({
      ...options,
      typed: this.#typed,
      emit,
      mayBeHeard: (identity) => this.#input.mayBeHeard(identity),
      end: (end) => this.#endWith(end),
    });
    this.#tools = new Tools({
      ...options,
      session,
      ledger: this.#ledger,
      severalAnswers: !options.vertex,
      conversation: origin.conversation,
      traceparent: (id) => report.traceparent(id),
      emit,
      turn: () => this.#output.turn,
      speaker: () => this.#asker.identity,
      by: () => this.#asker.cause.current,
      reply: this.#asker.reply,
      onToolsFound: () => this.#profile.refresh(log),
      endCall: this.#builtIns.endCall,
      phone: this.#builtIns.phone,
    });
    this.#input = new BridgeInput({
      ...options,
      session,
      timeline: this.#timeline,
      output: this.#output,
      emit,
      onStarted: (identity) => {
        if (this.#input.isInterruptible) this.#output.interrupt();
        this.#asker.cause.activity();
        this.#onSpeech('started', { participant: identity });
      },
      onSpoke: (identity) => this.#asker.spoke(identity),
      onEnded: (identity) => this.#onSpeech('ended', { participant: identity }),
      onCancelled: () => this.#onTurnCancelled(),
    });
    this.#clients = new BridgeClients({
      ...options,
      session,
      ledger: this.#ledger,
      messages,
      currentProfile: () => this.#profile.current,
      say: (text, identity) => this.#typed.say(text, identity, 'chat'),
      refusal: (identity) => this.#typed.refusal(identity)?.message,
      chat: (identity, text) => this.#typed.chat(identity, text),
    });
    this.#profile = new LiveProfile({
      profile,
      session,
      check: options.changeProfile,
      connection: () => this.#connection,
      followers: [this.#tools, this.#input, this.#clients],
      onDetection: (next) => this.#input.detect(next),
    });
    this.#people = new BridgePeople({
      ...options,
      initialProfile: profile,
      startedAtMs: origin.startedAtMs,
      presence: this.#presence,
      input: this.#input,
      output: this.#output,
      typed: this.#typed,
      tools: this.#tools,
      session,
      profile: this.#profile,
      connection: () => this.#connection,
      emit,
      messages,
      clients: this.#clients,
      end: (end) => this.#endWith(end),
      onGreeted: () => this.#recorder.flush(),
    });
    this.#recorder = new StateRecorder({
      ...options,
      origin,
      currentProfile: () => this.#profile.current,
      session,
      ledger: this.#ledger,
      messages,
      turn: () => this.#output.turn,
      greeted: () => this.#people.greeting.isSent || this.#output.turn > 0,
    });
  }

  /** Begins the call, unless it was closed before. @throws the error of any part; close() then closes the parts that have started */
  start(): void {
    if (this.#closed) return;
    const { restored, room, report } = this.#options;
    this.#messages.start();
    this.#detach = room.onEvent((event) => this.#onRoom(event));
    this.#tools.start();
    this.#input.start();
    this.#people.start();
    this.#builtIns.start();
    this.#clients.start();
    this.#session.start();
    const parts = { session: this.#session, ledger: this.#ledger, messages: this.#messages, report };
    if (restored) restoreConversation(restored, parts);
    this.#recorder.flush();
  }

  /** Whether another process can take the call over without an audible gap: no turn is open and nothing is played. */
  get isQuiet(): boolean {
    return this.#session.isQuiet && this.#presence.state === 'listening' && !this.#people.greeting.isDue;
  }

  limit(limit: CallLimit, left?: LimitLeft): void {
    this.#people.limit(limit, left);
  }

  reportError(code: string, message: string, fatal: boolean): void {
    this.#messages.event({ type: 'error', code, message, fatal });
  }

  /** Ends the call: closes the session, then sends the waiting messages. The caller leaves the room. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#detach();
    this.#input.close();
    this.#people.close();
    this.#builtIns.close();
    this.#tools.close();
    this.#output.close();
    this.#presence.close();
    this.#typed.close();
    await this.#session.close();
    await Promise.all([this.#clients.close(), this.#messages.close()]);
    this.#recorder.close();
    this.#endWith({ reason: 'closed' });
  }

  /** Passes each event of the model to the parts of the bridge; the order is in docs/architecture.md. */
  #onModel(event: ModelEvent, turn: TurnStamp): void {
    if (turn.phase === 'cancelled' && isOfAnswer(event)) {
      if (event.type === 'tool-calls') this.#tools.called(event.calls, takenBack());
      return;
    }
    this.#presence.follow(turn, this.#session.openCalls.length);
    this.#people.observe(event);
    this.#asker.follow(event);
    this.#input.follow(event);
    switch (event.type) {
      case 'audio':
        this.#output.latency.audio();
        break;
      case 'input-transcript':
      case 'input-restarted':
        this.#output.captions.heard(event, turn.id);
        break;
      case 'activity':
        this.#onSpeech(event.phase, this.#input.speaking.report(event.phase), event.offsetMs);
        break;
      case 'interrupted':
        this.#output.latency.interrupted();
        break;
      case 'tool-calls':
        this.#output.captions.user.advance({ type: 'answered' });
        this.#tools.called(event.calls);
        break;
      case 'tool-cancelled':
        this.#tools.cancelled(event.ids);
        return;
      case 'connection':
        this.#onConnection(event);
        break;
      case 'usage':
        this.#messages.event({ type: 'usage', ...this.#usage.add(event.usage, this.#output.turn) });
        return;
      case 'thought':
      case 'code':
      case 'code-result':
        this.#messages.event(reportOf(event));
        return;
      case 'error':
        this.#messages.event(reportOf(event), true);
        if (event.fatal)
          this.#endWith({ reason: 'refused', detail: `${event.code}: ${event.message}`, error: event });
        return;
      case 'text':
      case 'output-transcript':
      case 'grounding':
      case 'url-context':
      case 'generation-complete':
      case 'turn-complete':
        break;
      case 'resumption':
        this.#recorder.changed('resumption');
        return;
      case 'interaction':
      case 'go-away':
        return;
    }
    this.#output.advance(event, turn);
  }

  #onSpeech(phase: 'started' | 'ended', who: Speaking | undefined, offsetMs?: number): void {
    this.#output.captions.user.advance({ type: 'activity', phase });
    if (phase === 'started') this.#output.captions.spoke(offsetMs);
    if (who) this.#messages.event({ type: 'speech', ...who, phase });
    if (phase === 'ended') this.#onAsked();
  }

  /** Speech or a typed turn has ended, and an answer is due. */
  #onAsked(): void {
    this.#output.latency.speechEnded();
    this.#presence.follow(this.#session.turn, this.#session.openCalls.length);
  }

  /** The session discards the answer; playout stops, and the utterance is removed from captions and ledger. */
  #onTurnCancelled(): void {
    const turn = this.#session.cancelTurn();
    this.#output.interrupt();
    this.#output.captions.user.advance({ type: 'flush' });
    this.#ledger.takeBack(turn);
    this.#options.report.add({ type: 'cancelled', turn });
    this.#presence.follow(this.#session.turn, this.#session.openCalls.length);
  }

  #onConnection(event: ModelEventOf<'connection'>): void {
    this.#connection = event.state;
    const reason = event.state === 'closed' ? this.#end?.reason : undefined;
    this.#messages.event({ ...event, type: 'session', ...(reason ? { reason } : {}) });
    if (event.state === 'rotating') this.#profile.rotating();
    if (event.state !== 'open' || this.#presence.isReady) return;
    this.#presence.ready();
    if (!this.#options.restored?.greeted) this.#people.greeting.start();
  }

  #onRoom(event: RoomEvent): void {
    if (event.type === 'closed') {
      this.#endWith({ reason: 'room-closed', detail: event.reason });
    } else if (event.type === 'active-speakers' && !this.#options.capabilities.sendsVoiceActivity) {
      this.#speech.speakers(event.identities.filter((identity) => this.#input.isHeard(identity)));
    }
  }

  #endWith(end: BridgeEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#options.onEnd(end);
  }
}
