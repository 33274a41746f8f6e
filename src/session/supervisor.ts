// ModelSession over as many connections as a conversation takes: carries out what state.ts decides.

import type { Capabilities } from '../profile/model-capabilities.js';
import type { Logger } from '../util/log.js';
import { SessionAge } from './age.js';
import { Backlog } from './backlog.js';
import { judgeClose } from './close-reason.js';
import { Exchange } from './exchange.js';
import { InputSession } from './input-session.js';
import type { Content, ModelEvent, ModelListener, ModelSession, ProfileChange, ToolResult } from './port.js';
import { Reconfiguration } from './reconfiguration.js';
import type { Opening, SessionEffect, SessionEvent, SessionState, Transition } from './state.js';
import { initialTransition, takeOverTransition, transition } from './state.js';
import { inWords, type ToolMemory } from './tool-ledger.js';
import { Watchdogs } from './watchdogs.js';
import type { CloseInfo, Input, OpenWire, Wire } from './wire.js';

export interface SupervisorOptions {
  readonly openWire: OpenWire;
  readonly capabilities: Pick<Capabilities, 'answersAlways' | 'limits' | 'audioStreamEnd'> &
    Partial<Pick<Capabilities, 'contextUpdate' | 'initialHistory'>>;
  /** The handle of an earlier session to take up. */
  readonly handle?: string;
  /** The conversation began in another process: it is resumed, or rebuilt from the ledger, and never begun anew. */
  readonly takenOver?: ToolMemory;
  /** The context window slides; without that a session ends after some minutes. */
  readonly compresses: boolean;
  /** What was said before this call, for a new session. */
  readonly history: readonly Content[];
  /** What was said in this call, for a session that has to be built again. */
  readonly ledger: () => readonly Content[];
  readonly log: Logger;
}

/** A rotation ahead of a hard limit begins to look for a quiet moment this early. */
const LIFETIME_LEAD_MS = 60_000;
/** A connection for another profile waits for a quiet moment for so long. */
const RECONFIGURE_WITHIN_MS = 10_000;
/** In a call the service accepts a set-up within half a second: a first attempt that takes longer is worth less than a second one. */
const RECONNECT_DEADLINE_MS = 4_000;
/** Between looks for a quiet moment, while a rotation is due. */
const QUIET_EVERY_MS = 100;

export class Supervisor extends InputSession implements ModelSession {
  readonly #options: SupervisorOptions;
  readonly #listener: ModelListener;
  readonly #exchange: Exchange;
  readonly #backlog = new Backlog((input) => this.#hand(input));
  readonly #watchdogs: Watchdogs;
  readonly #age: SessionAge | undefined;
  readonly #first: Transition;
  #started = false;
  #state: SessionState;
  #wire: Wire | undefined;
  #timer: NodeJS.Timeout | undefined;
  #quietTimer: NodeJS.Timeout | undefined;
  readonly #reconfiguration = new Reconfiguration();
  /** Connections that were opened, for those who measure. */
  connections = 0;

  constructor(options: SupervisorOptions, listener: ModelListener) {
    super(options.capabilities.audioStreamEnd);
    this.#options = options;
    this.#exchange = new Exchange(options.takenOver);
    this.#listener = listener;
    this.#watchdogs = new Watchdogs({
      answersAlways: options.capabilities.answersAlways,
      ping: (onPong) => this.#wire?.ping(onPong),
      onHealthIssue: (healthIssue) => {
        options.log.warn({ healthIssue, counts: this.#watchdogs.counts }, 'the session is unwell');
        if (healthIssue === 'dead') this.#wire?.terminate('two pings were not answered');
        else this.#apply({ type: 'unhealthy', reason: healthIssue });
      },
    });
    this.#age = options.compresses
      ? undefined
      : new SessionAge({
          limits: options.capabilities.limits,
          onNear: (leftMs, reason) => this.#apply({ type: 'limit', leftMs, reason }),
        });
    this.#first = options.takenOver
      ? takeOverTransition(options.handle, performance.now())
      : initialTransition(options.handle);
    this.#state = this.#first.state;
  }

  start(): void {
    if (this.#started || this.#state.phase === 'closed') return;
    this.#started = true;
    this.#perform({ state: this.#state, effects: this.#first.effects });
  }

  get resumptionHandle(): string | undefined {
    return this.#state.handle;
  }

  get state(): SessionState {
    return this.#state;
  }

  get toolMemory(): ToolMemory {
    return this.#exchange.toolMemory;
  }

  get isQuiet(): boolean {
    return this.#isOpen && this.#backlog.isEmpty && this.#exchange.isQuiet(performance.now());
  }

  sendToolResults(results: readonly ToolResult[]): void {
    const late = this.#exchange.orphanedTools(results);
    if (late.length > 0) this.send(inWords(late));
    const due = this.#exchange.answerTools(results);
    if (due.length === 0) return;
    this.#watchdogs.toolsInFlight(this.#exchange.toolsInFlight);
    // Not held: what is unconfirmed is sent whenever the session is taken up again.
    if (this.#isOpen) this.#hand({ type: 'tool-results', results: due });
  }

  reconfigure(change: ProfileChange): 'now' | 'next-connection' {
    const inSession = this.#options.capabilities.contextUpdate === true && !change.setup;
    this.#reconfiguration.change(change, inSession, performance.now());
    if (inSession) this.send({ type: 'reconfigure', change });
    this.#replaceOutdated();
    return inSession ? 'now' : 'next-connection';
  }

  setOccupied(present: boolean): void {
    this.#apply({ type: 'occupied', present });
  }

  async close(): Promise<void> {
    const wire = this.#wire;
    this.#apply({ type: 'stop' });
    this.#backlog.stop();
    this.#age?.stop();
    await wire?.close();
  }

  get #isOpen(): boolean {
    return this.#state.phase === 'open' && this.#wire?.isOpen === true;
  }

  protected send(input: Input): void {
    if (this.#state.phase === 'closed') return;
    if (input.type === 'image') this.#age?.sawVideo();
    if (!this.#isOpen) this.#exchange.buffer.hold(input, performance.now());
    else if (this.#backlog.isEmpty) this.#hand(input);
    else this.#backlog.add(input);
  }

  #hand(input: Input): void {
    this.#exchange.buffer.record(input, performance.now());
    const isSent = this.#wire?.send(input) === true;
    if (isSent && input.type === 'tool-results') this.#exchange.toolsSent(input.results);
  }

  /** Before a connection is open its turn comes when it is. */
  #replaceOutdated(): void {
    if (this.#reconfiguration.waits && this.#state.phase === 'open')
      this.#apply({ type: 'outdated', withinMs: RECONFIGURE_WITHIN_MS });
  }

  #apply(event: SessionEvent): void {
    this.#perform(transition(this.#state, event, performance.now(), Math.random()));
  }

  #perform({ state, effects }: Transition): void {
    const before = this.#state;
    this.#state = state;
    if (before.phase === 'open' && state.phase !== 'open') this.#onLeftOpen();
    for (const effect of effects) this.#effect(effect);
    this.#lookForQuiet();
  }

  #effect(effect: SessionEffect): void {
    switch (effect.type) {
      case 'connect':
        this.#connect(effect.opening, effect.handle);
        return;
      case 'close-socket':
        void this.#wire?.close();
        return;
      case 'timer':
        clearTimeout(this.#timer);
        if (effect.delayMs !== null)
          this.#timer = setTimeout(() => this.#apply({ type: 'timer' }), effect.delayMs);
        return;
      case 'notify':
        this.#emit({ ...effect, type: 'connection' });
        return;
      case 'error':
        this.#emit(effect);
        return;
      case 'release':
        this.#release(effect.opening, effect.orderly);
        return;
    }
  }

  #connect(opening: Opening, handle: string | undefined): void {
    this.connections += 1;
    this.#exchange.connecting();
    const seed = this.#seedOf(opening).length > 0;
    const isFirstTry = this.#state.phase === 'connecting' && this.#state.outage?.attempts === 1;
    const wire: Wire = this.#options.openWire(
      {
        ...(handle === undefined ? {} : { handle }),
        seed,
        ...(isFirstTry && this.#state.began ? { deadlineMs: RECONNECT_DEADLINE_MS } : {}),
        ...this.#reconfiguration.opening(performance.now()),
      },
      {
        onEvent: (event) => {
          if (this.#wire === wire) this.#onEvent(event);
        },
        onClose: (info) => {
          if (this.#wire === wire) this.#onClose(info);
        },
      },
    );
    this.#wire = wire;
    void wire.ready.then(() => {
      if (this.#wire !== wire) return;
      const { rotateBeforeMs } = this.#options.capabilities.limits;
      this.#apply({
        type: 'ready',
        ...(rotateBeforeMs === undefined ? {} : { lifetimeMs: rotateBeforeMs - LIFETIME_LEAD_MS }),
      });
      this.#replaceOutdated();
    });
  }

  #onLeftOpen(): void {
    this.#watchdogs.stop();
    // What was waiting to go out goes on waiting, before what comes now.
    const now = performance.now();
    for (const input of this.#backlog.stop()) this.#exchange.buffer.hold(input, now);
  }

  #onClose(info: CloseInfo): void {
    const state = this.#state;
    const resuming = state.phase === 'connecting' && state.opening === 'resume';
    const verdict = judgeClose(info, resuming);
    const code = String(info.httpStatus ?? info.code);
    if (!info.expected) {
      this.#options.log.warn(
        { code, reason: info.reason, verdict, phase: state.phase },
        'the connection has ended',
      );
    }
    const undone = this.#reconfiguration.refused(verdict, performance.now());
    const message = `closed over what was configured, which is undone: ${code} ${info.reason}`;
    if (undone) this.#emit({ type: 'error', code: 'configure', message, fatal: false });
    this.#apply({ type: 'closed', verdict: undone ? 'loss' : verdict, code, message: info.reason });
  }

  #onEvent(event: ModelEvent): void {
    if (this.#state.phase === 'closed') return;
    this.#watchdogs.observe(event);
    if (event.type === 'resumption') {
      this.#apply({ type: 'handle', handle: event.handle, resumable: event.resumable });
    } else if (event.type === 'go-away') {
      this.#apply({ type: 'go-away', timeLeftMs: event.timeLeftMs });
    }
    const isNews = this.#exchange.observe(event);
    this.#watchdogs.toolsInFlight(this.#exchange.toolsInFlight);
    if (isNews) this.#emit(event);
  }

  #release(opening: Opening, orderly: boolean): void {
    this.#watchdogs.start();
    if (opening !== 'resume') this.#age?.begin();
    const seed = this.#seedOf(opening);
    // With historyConfig the service waits until the history is complete, and does not answer it.
    const turnComplete = this.#options.capabilities.initialHistory === 'history-config';
    if (seed.length > 0) this.#wire?.send({ type: 'context', turns: seed, turnComplete });
    this.#backlog.start(this.#exchange.takeUp(opening === 'resume', orderly));
  }

  #seedOf(opening: Opening): readonly Content[] {
    const { history, ledger } = this.#options;
    if (opening === 'resume') return [];
    return opening === 'rebuild' ? [...history, ...ledger()] : history;
  }

  #lookForQuiet(): void {
    clearTimeout(this.#quietTimer);
    if (this.#state.phase !== 'open' || !this.#state.rotation) return;
    if (this.#backlog.isEmpty && this.#exchange.isQuiet(performance.now())) this.#apply({ type: 'quiet' });
    else this.#quietTimer = setTimeout(() => this.#lookForQuiet(), QUIET_EVERY_MS);
  }

  #emit(event: ModelEvent): void {
    try {
      this.#listener(event);
    } catch (error) {
      this.#options.log.error({ err: error, event: event.type }, 'a session listener failed');
    }
  }
}
