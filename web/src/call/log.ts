// What has happened in a call, from the agent's events and captions: a pure reducer, so that every row can be tested.
import type { RoomEvent } from '../../../src/protocol/events.js';
import { costOf } from './cost.js';
import type { CallLog, LogAction, Loss, Message, Notice, Speech, ToolCall, Turn } from './log-types.js';
import { isAgentIdentity } from './names.js';

/** Limit of entries, so that the page stays fast in a call of hours. */
const MAX_EVENTS = 20_000;
const MAX_MESSAGES = 2_000;
/** Words come within so long of the end of the speech, or never. */
const WORDS_WITHIN_MS = 5_000;

export function reduce(log: CallLog, action: LogAction): CallLog {
  switch (action.type) {
    case 'event':
      return reduceEvent(
        { ...log, events: [...log.events.slice(1 - MAX_EVENTS), action.event] },
        action.event,
        action.now,
      );
    case 'caption':
      return caption(log, action);
    case 'text': {
      const { type: _, now, pictures = [], ...text } = action;
      const message: Message = { ...text, pictures, kind: 'text', final: true, interrupted: false, at: now };
      return { ...log, messages: [...log.messages.slice(1 - MAX_MESSAGES), message] };
    }
    case 'room-lost':
      return { ...log, losses: [...log.losses, { what: 'room', at: action.now }] };
    case 'room-back':
      return { ...log, losses: endLoss(log.losses, 'room', action.now, {}) };
    case 'notice':
      return withNotice(log, action.kind, action.title, action.text, action.now);
  }
}

/** One message a segment, which keeps its place: a caption that grows never moves what stands below it. */
function caption(log: CallLog, { id, from, text, final, now }: LogAction & { type: 'caption' }): CallLog {
  const known = log.messages.find((message) => message.id === id);
  if (known?.final) return log;
  if (known) {
    return { ...log, messages: update(log.messages, (message) => message.id === id, { text, final }) };
  }
  if (text === '') return log;
  const cut = log.turns.some((turn) => turn.phase === 'interrupted' && isOfTurn(id, turn));
  const message: Message = { id, from, kind: 'voice', text, final, interrupted: cut, pictures: [], at: now };
  const messages = log.messages.slice(1 - MAX_MESSAGES);
  const spoken = speechOf(from, log.speech, now);
  const speech = log.speech.map((each) => (each === spoken ? { ...each, isWritten: true } : each));
  const place = spoken ? placeOf(spoken, { ...log, messages }) : messages.length;
  return { ...log, speech, messages: [...messages.slice(0, place), message, ...messages.slice(place)] };
}

/** Transcripts come in the order of what was said, the first of two also after the second was begun. */
function speechOf(from: string, speech: CallLog['speech'], now: number): Speech | undefined {
  const own = speech.filter(({ participant, isWritten }) => participant === from && !isWritten);
  // What was noise never gets words.
  return own.find(({ endedAt = now }) => now - endedAt < WORDS_WITHIN_MS) ?? own.at(-1);
}

/** A transcript may come after the answer has begun: it is inserted before the answer. */
function placeOf({ at }: Speech, { messages, turns }: Pick<CallLog, 'messages' | 'turns'>): number {
  const answer = messages.findIndex((message) => {
    if (message.kind !== 'voice' || !isAgentIdentity(message.from)) return false;
    // Its words may be shown later than it has begun.
    const turn = turns.find((each) => isOfTurn(message.id, each));
    return Math.min(turn?.at ?? message.at, message.at) >= at;
  });
  return answer === -1 ? messages.length : answer;
}

function reduceEvent(log: CallLog, event: RoomEvent, now: number): CallLog {
  switch (event.type) {
    case 'session':
      return session(log, event, now);
    case 'turn':
      return turn(log, event, now);
    case 'speech':
      return speech(log, event, now);
    case 'tool.approval':
      return approval(log, event);
    case 'tool.call': {
      const { id, name, args, run } = event;
      const call: ToolCall = {
        id,
        name,
        args,
        at: now,
        ours: run === 'participant',
        state: 'open',
        from: [],
      };
      return { ...log, tools: [...log.tools, call] };
    }
    case 'tool.result': {
      const { id, ok, durationMs, willContinue, response, error } = event;
      const result = ok ? response : error;
      // A call that waits for permission is answered that it waits; it still needs its form.
      const change = willContinue
        ? { result }
        : ({ state: ok ? 'done' : 'failed', result, durationMs } as const);
      return { ...log, tools: update(log.tools, (tool) => tool.id === id, change) };
    }
    case 'tool.cancelled':
      return { ...log, tools: update(log.tools, ({ id }) => event.ids.includes(id), { state: 'cancelled' }) };
    case 'latency': {
      const { endOfSpeechToAudioMs: waitMs, interruptToClearedMs: interruptMs } = event;
      const change = {
        ...(waitMs === undefined ? {} : { waitMs }),
        ...(interruptMs === undefined ? {} : { interruptMs }),
      };
      return { ...log, turns: update(log.turns, (turn) => isTurn(turn, event), change) };
    }
    case 'usage': {
      const { session: tokens, total } = event;
      const turns = log.turns.map((entry) =>
        isTurn(entry, event) ? { ...entry, tokens: (entry.tokens ?? 0) + total } : entry,
      );
      const sums = { at: now, total: tokens.total, cost: costOf(tokens) };
      return { ...log, turns, tokens, tokensAt: [...log.tokensAt, sums] };
    }
    case 'vision': {
      const { source, participant } = event;
      return { ...log, vision: source && participant ? { source, participant } : null };
    }
    case 'floor':
      return { ...log, floor: { holder: event.holder, waiting: event.waiting } };
    case 'error':
      return withNotice(
        log,
        'error',
        event.code === 'profile' ? 'The profile is wrong' : `Error ${event.code}`,
        event.message,
        now,
      );
    default:
      return log;
  }
}

function session(log: CallLog, event: RoomEvent & { type: 'session' }, now: number): CallLog {
  const { state, restored, reason } = event;
  const wasOpen =
    log.session === 'open' || log.losses.some(({ what, endedAt }) => what === 'model' && !endedAt);
  const away = state !== 'open' && state !== 'closed' && wasOpen;
  const open = log.losses.some((loss) => loss.what === 'model' && loss.endedAt === undefined);
  let losses = log.losses;
  if (away && !open)
    losses = [...losses, { what: 'model', at: now, ...(reason === undefined ? {} : { reason }) }];
  if (state === 'open') losses = endLoss(losses, 'model', now, restored === undefined ? {} : { restored });
  const next = { ...log, session: state, losses };
  if (state !== 'closed' || reason === undefined) return next;
  return withNotice(next, 'note', 'The agent has left', reason, now);
}

function turn(log: CallLog, event: RoomEvent & { type: 'turn' }, now: number): CallLog {
  const { call, turn, phase, playedMs } = event;
  const known = log.turns.some((entry) => isTurn(entry, event));
  const ended = phase === 'completed' || phase === 'interrupted' ? { endedAt: now } : {};
  const change = { phase, ...ended, ...(playedMs === undefined ? {} : { playedMs }) };
  const turns = known
    ? update(log.turns, (entry) => isTurn(entry, event), change)
    : [...log.turns, { call, turn, at: now, ...change }];
  if (phase !== 'interrupted') return { ...log, turns };
  return {
    ...log,
    turns,
    messages: update(log.messages, ({ id }) => isOfTurn(id, event), { interrupted: true }),
  };
}

function speech(log: CallLog, { participant, phase }: RoomEvent & { type: 'speech' }, now: number): CallLog {
  const isOpen = (span: { participant: string; endedAt?: number }) =>
    span.participant === participant && span.endedAt === undefined;
  const closed = update(log.speech, isOpen, { endedAt: now });
  return { ...log, speech: phase === 'started' ? [...closed, { participant, at: now }] : closed };
}

/** Follows the call's `tool.call`. */
function approval(log: CallLog, { id, from, state }: RoomEvent & { type: 'tool.approval' }): CallLog {
  if (state === 'waiting') {
    return { ...log, tools: update(log.tools, (tool) => tool.id === id, { state: 'approval', from }) };
  }
  const next = state === 'allowed' ? 'open' : 'failed';
  return {
    ...log,
    tools: update(log.tools, (tool) => tool.id === id && tool.state === 'approval', { state: next }),
  };
}

function withNotice(log: CallLog, kind: Notice['kind'], title: string, text: string, now: number): CallLog {
  const notice: Notice = { id: `${now}-${log.notices.length}`, at: now, kind, title, text };
  return { ...log, notices: [...log.notices.slice(-99), notice] };
}

function endLoss(
  losses: readonly Loss[],
  what: Loss['what'],
  now: number,
  change: Partial<Loss>,
): readonly Loss[] {
  return update(losses, (loss) => loss.what === what && loss.endedAt === undefined, {
    endedAt: now,
    ...change,
  });
}

type TurnName = Pick<Turn, 'call' | 'turn'>;

function isTurn(entry: TurnName, { call, turn }: TurnName): boolean {
  return entry.call === call && entry.turn === turn;
}

/** The agent's captions are named after their turn. */
function isOfTurn(segment: string, { call, turn }: TurnName): boolean {
  return segment === `SG_${call}_agent_${turn}`;
}

/** The list with some entries changed; entries that stay are the same objects, so that nothing else is drawn anew. */
function update<T>(list: readonly T[], which: (entry: T) => boolean, change: Partial<T>): readonly T[] {
  return list.some(which) ? list.map((entry) => (which(entry) ? { ...entry, ...change } : entry)) : list;
}
