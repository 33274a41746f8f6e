// A ModelSession over any number of connections: executes the effects of state.ts.

import { isManual } from '../profile/detection.js';
import type { Profile } from '../profile/profile.js';
import { SessionAge } from './age.js';
import type { CarriedInputs } from './carried-inputs.js';
import { blamesInput, namesHandle } from './close-reason.js';
import type { Content, ModelEvent, ModelListener, ModelSession, ProfileChange } from './port.js';
import { Reconfiguration } from './reconfiguration.js';
import type { Opening, SessionEffect, SessionEvent, SessionState, Transition } from './state.js';
import { initialTransition, takeOverTransition, transition } from './state.js';
import { TalkSession, type TalkSessionOptions } from './talk-session.js';
import { UnconfirmedRefusals } from './unconfirmed-refusals.js';
import { Watchdogs } from './watchdogs.js';
import type { CloseInfo, Input, OpenWire, Wire } from './wire.js';

export interface SupervisorOptions extends TalkSessionOptions {
  readonly openWire: OpenWire;
  /** The profile that the call begins with. */
  readonly profile: Profile;
  /** What the process before has heard since `takenOver` was kept; asked for when a connection is open. */
  readonly heardBefore?: (() => readonly CarriedInputs[]) | undefined;
  /** The handle of an earlier session to resume. */
  readonly handle?: string;
  /** Context window compression is on; without it a session ends after some minutes. */
  readonly compresses: boolean;
  /** The conversation before this call, sent to a new session. */
  readonly history: readonly Content[];
  /**
   * The conversation of this call, sent to a session that is rebuilt; without the unanswered texts, which are
   * sent again as inputs.
   */
  readonly ledger: (unanswered: readonly string[], replayed: string) => readonly Content[];
}

/** How long before a hard limit a rotation begins to look for a pause. */
const LIFETIME_LEAD_MS = 60_000;
/** How long a connection for another profile waits for a pause. */
const RECONFIGURE_WITHIN_MS = 10_000;
/** The service accepts a set-up within half a second: after this time a second attempt is faster than waiting. */
const RECONNECT_DEADLINE_MS = 4_000;
/** How often a due rotation checks for a pause. */
const QUIET_EVERY_MS = 100;
/** A close this soon after an input is likely to be caused by it. */
const BLAMED_WITHIN_MS = 1_000;

export class Supervisor extends TalkSession implements ModelSession {
  readonly #options: SupervisorOptions;
  readonly #watchdogs: Watchdogs;
  readonly #age: SessionAge | undefined;
  readonly #first: Transition;
  #started = false;
  #state: SessionState;
  #wire: Wire | undefined;
  #seeds = false;
  /** The profile of the connection that is open or being opened. */
  #connectedFor: Profile;
  #timer: NodeJS.Timeout | undefined;
  #quietTimer: NodeJS.Timeout | undefined;
  readonly #reconfiguration = new Reconfiguration();
  readonly #refusals = new UnconfirmedRefusals();

  constructor(options: SupervisorOptions, listener: ModelListener) {
    super(options, listener);
    this.#options = options;
    this.#connectedFor = options.profile;
    this.#watchdogs = new Watchdogs({
      due: () => this.exchange.due,
      completeByMs: () => this.exchange.completeByMs,
      toolsInFlight: () => this.exchange.calls.inFlight,
      ping: (onPong) => this.#wire?.ping(onPong),
      onOverdue: (due) => this.reminders.overdue(due),
      onIncomplete: () => this.pass(this.exchange.overdue(performance.now())),
      onHealthIssue: (healthIssue) => {
        options.log.warn({ healthIssue, counts: this.#watchdogs.counts }, 'the session is unhealthy');
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
    const { takenOver, handle } = options;
    this.#first = takenOver ? takeOverTransition(handle, performance.now()) : initialTransition(handle);
    this.#state = this.#first.state;
  }

  start(): void {
    if (this.#started || this.#state.phase === 'closed') return;
    this.#started = true;
    this.journal?.report();
    this.#perform({ state: this.#state, effects: this.#first.effects });
  }

  get resumptionHandle(): string | undefined {
    return this.#state.handle;
  }

  get state(): SessionState {
    return this.#state;
  }

  reconfigure(change: ProfileChange): 'now' | 'next-connection' {
    const inSession = this.#options.capabilities.contextUpdate === true && !change.setup;
    this.#reconfiguration.change(change, inSession, performance.now());
    if (inSession) this.sendReconfiguration({ type: 'reconfigure', change });
    this.#replaceOutdated();
    return inSession ? 'now' : 'next-connection';
  }

  setOccupied(present: boolean): void {
    this.#apply({ type: 'occupied', present });
  }

  async close(): Promise<void> {
    const wire = this.#wire;
    this.journal?.close();
    this.#apply({ type: 'stop' });
    this.outbound.close();
    this.#age?.stop();
    await wire?.close();
  }

  protected get openWire(): Wire | undefined {
    return this.#state.phase === 'open' && this.#wire?.isOpen ? this.#wire : undefined;
  }

  protected get isManual(): boolean {
    return isManual(this.#connectedFor);
  }

  protected get isClosed(): boolean {
    return this.#state.phase === 'closed';
  }

  protected onInput(input: Input): void {
    if (input.type === 'image') this.#age?.sawVideo();
    // Voice that goes on changes nothing while an answer is already due: 50 frames a second skip the check.
    if (input.type !== 'audio' || (input.voiced && !this.#watchdogs.isWatching)) this.#watchdogs.watch();
  }

  /** While no connection is open the profile is applied when one opens. */
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
    if (before.phase === 'open' && state.phase !== 'open') {
      this.#watchdogs.stop();
      this.outbound.disconnected();
    }
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
        this.emit({ ...effect, type: 'connection' });
        return;
      case 'error':
        this.emit(effect);
        return;
      case 'release':
        this.#release(effect.opening, effect.orderly);
        return;
    }
  }

  #connect(opening: Opening, handle: string | undefined): void {
    this.exchange.connecting(opening === 'resume');
    this.#seeds = this.#seedOf(opening, true).length > 0;
    const isFirstTry = this.#state.phase === 'connecting' && this.#state.outage?.attempts === 1;
    const changed = this.#reconfiguration.opening(performance.now());
    this.#connectedFor = changed.profile ?? this.#options.profile;
    const wire: Wire = this.#options.openWire(
      {
        ...(handle === undefined ? {} : { handle }),
        seed: this.#seeds,
        ...(isFirstTry && this.#state.began ? { deadlineMs: RECONNECT_DEADLINE_MS } : {}),
        ...changed,
      },
      {
        onReady: () => {
          if (this.#wire === wire) this.#onReady();
        },
        onEvent: (event) => {
          if (this.#wire === wire) this.#onEvent(event);
        },
        onClose: (info) => {
          if (this.#wire === wire) this.#onClose(info);
        },
      },
    );
    this.#wire = wire;
  }

  #onReady(): void {
    const { rotateBeforeMs } = this.#options.capabilities.limits;
    this.#apply({
      type: 'ready',
      ...(rotateBeforeMs === undefined ? {} : { lifetimeMs: rotateBeforeMs - LIFETIME_LEAD_MS }),
    });
    this.#replaceOutdated();
  }

  #onClose(info: CloseInfo): void {
    const state = this.#state;
    const established = state.phase === 'open';
    const suspect = established ? this.outbound.lastWithin(BLAMED_WITHIN_MS, performance.now()) : undefined;
    const verdict = this.#refusals.judge(info, {
      resuming: state.phase === 'connecting' && state.opening === 'resume',
      established,
      suspect,
    });
    const code = info.own ? 'setup' : String(info.httpStatus ?? info.code);
    if (!info.expected) {
      this.#options.log.warn(
        { code, reason: info.reason, verdict, phase: state.phase },
        'the connection has ended',
      );
    }
    const undone = !namesHandle(info) && this.#reconfiguration.refused(verdict, performance.now());
    const message = `closed over what was configured, which is undone: ${code} ${info.reason}`;
    if (undone) this.emit({ type: 'error', code: 'configure', message, fatal: false });
    else if (verdict === 'unconfirmed' && suspect && blamesInput(info))
      this.#leaveOut(suspect, `${code} ${info.reason}`);
    this.#apply({ type: 'closed', verdict: undone ? 'loss' : verdict, code, message: info.reason });
  }

  /** The input that caused a close is not sent to the next connection. */
  #leaveOut(input: Input, reason: string): void {
    this.exchange.buffer.forget(input);
    if (input.type === 'tool-results') this.exchange.calls.forgetResults(input.results);
    if (input.type !== 'text' && input.type !== 'context') return;
    const message = `the service closed the session over what it was sent last, which is left out: ${reason}`;
    this.emit({ type: 'error', code: 'input', message, fatal: false });
  }

  #onEvent(event: ModelEvent): void {
    if (this.#state.phase === 'closed') return;
    this.#watchdogs.observe(event);
    if (event.type === 'resumption')
      this.#apply({ type: 'handle', handle: event.handle, resumable: event.resumable });
    else if (event.type === 'go-away') this.#apply({ type: 'go-away', timeLeftMs: event.timeLeftMs });
    this.emit(event);
    if (this.turn.phase === 'answering') this.#refusals.answered();
    this.#watchdogs.watch();
  }

  #release(opening: Opening, orderly: boolean): void {
    for (const inputs of this.#options.heardBefore?.() ?? []) this.takeOver(inputs);
    const turns = this.#seeds ? this.#seedOf(opening, orderly) : [];
    const { inputs, again } = this.exchange.takeUp(opening === 'resume', orderly);
    if (again !== '') this.emit({ type: 'input-restarted', text: again });
    if (opening !== 'resume') this.#age?.begin();
    // With historyConfig the service waits for turnComplete of the history, and does not answer it.
    const turnComplete = this.#options.capabilities.initialHistory === 'history-config';
    this.outbound.release(turns.length > 0 ? { type: 'context', turns, turnComplete } : undefined, inputs);
    this.reportLost();
    this.#watchdogs.start();
  }

  #seedOf(opening: Opening, orderly: boolean): readonly Content[] {
    const { history, ledger, capabilities } = this.#options;
    if (opening === 'resume' || capabilities.initialHistory === 'none') return [];
    if (opening === 'fresh') return history;
    const { buffer } = this.exchange;
    const asked = buffer.asked.flatMap((input) => (input.type === 'text' ? [input.text] : []));
    return [...history, ...ledger([...asked, ...buffer.heldTexts], this.exchange.replayedWords(orderly))];
  }

  #lookForQuiet(): void {
    clearTimeout(this.#quietTimer);
    const state = this.#state;
    if (state.phase !== 'open' || !state.rotation) return;
    const next = this.isQuiet ? transition(state, { type: 'quiet' }, performance.now()) : undefined;
    // A connection that has just opened waits for its handle, however quiet it is.
    if (next && next.state !== state) this.#perform(next);
    else this.#quietTimer = setTimeout(() => this.#lookForQuiet(), QUIET_EVERY_MS);
  }
}
