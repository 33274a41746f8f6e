// What is played and heard of each answer, as a pure reducer. The session assigns each event to an answer.
import type { PcmChunk } from '../audio/pcm.js';
import { OUTPUT_RATE } from '../audio/pcm.js';
import type {
  Conversation,
  ConversationEffect,
  ConversationInput,
  ConversationRules,
  Moment,
  Step,
  Turn,
} from './conversation-types.js';

export * from './conversation-types.js';

const NO_EFFECTS: readonly ConversationEffect[] = [];
const NOTHING_HELD = { turn: 0, text: '' };
/** Transcripts of an answer that `interrupt` stopped belong to unheard audio when they come later than this. */
const SILENCED_WORDS_MS = 300;

export function openTurn(conversation: Conversation): Turn | undefined {
  const last = conversation.turns.at(-1);
  return last && last.end === undefined ? last : undefined;
}

/** Advances the conversation by one input. Never throws; inputs may come in any order. */
export function advance(
  conversation: Conversation,
  input: ConversationInput,
  now: Moment,
  rules: ConversationRules,
): Step {
  switch (input.type) {
    case 'audio':
      return withAudio(conversation, input.chunk, now);
    case 'text':
      return withWritten(conversation, input.text, now);
    case 'output-transcript':
      return input.text === '' ? still(conversation) : withSpoken(conversation, input.text, now);
    case 'generation-complete':
      return withGenerated(conversation);
    case 'turn-complete':
      return withTurnComplete(conversation, now, input.late === true);
    case 'interrupted':
      return silence(conversation, now);
    case 'interrupt':
      return silence({ ...conversation, silenced: openTurn(conversation)?.id ?? conversation.silenced }, now);
    case 'activity':
      return input.phase === 'started' ? withPerson(conversation, now, rules) : still(conversation);
    case 'person-started':
      return withPerson(conversation, now, rules);
    case 'grounding':
    case 'url-context':
      return { conversation, effects: [{ type: 'report', turn: Math.max(1, now.turn.id), event: input }] };
    case 'progress':
      return endHeardTurns(conversation, now, []);
    case 'connection':
      return input.state === 'open' || input.state === 'connecting'
        ? still(conversation)
        : withConnectionGone(conversation, now);
    default:
      return still(conversation);
  }
}

function still(conversation: Conversation): Step {
  return { conversation, effects: NO_EFFECTS };
}

/** Whether an answer is over in the room: interrupted, stopped, heard to its end, or closed without audio. */
function isOver({ turns, lastTurn }: Conversation, id: number): boolean {
  return id <= lastTurn.id || turns.some((turn) => turn.id === id && turn.end !== undefined);
}

function dropped(conversation: Conversation): Step {
  return still({ ...conversation, droppedChunks: conversation.droppedChunks + 1 });
}

function withAudio(before: Conversation, chunk: PcmChunk, now: Moment): Step {
  if (chunk.samples.length === 0) return still(before);
  const { id } = now.turn;
  if (isOver(before, id)) return dropped(before);
  const effects: ConversationEffect[] = [];
  const conversation = ensureTurn(before, id, now, effects);
  effects.push({ type: 'play', turn: id, chunk });
  return { conversation, effects };
}

function withWritten(before: Conversation, text: string, now: Moment): Step {
  const { id } = now.turn;
  if (isOver(before, id)) return dropped(before);
  const effects: ConversationEffect[] = [];
  const conversation = ensureTurn(before, id, now, effects);
  effects.push({ type: 'text', turn: id, text, modality: 'written' });
  return { conversation, effects };
}

function withSpoken(conversation: Conversation, text: string, now: Moment): Step {
  const { id } = now.turn;
  const { turns, lastTurn, silenced, held } = conversation;
  if (turns.some((turn) => turn.id === id)) {
    return { conversation, effects: [{ type: 'text', turn: id, text, modality: 'spoken' }] };
  }
  if (id <= lastTurn.id) {
    // After `interrupt` the model goes on sending the answer, which was not heard.
    const isUnheard = id === silenced && now.atMs - lastTurn.endedAtMs >= SILENCED_WORDS_MS;
    const next = isUnheard ? openTurn(conversation) : undefined;
    // While the next answer is open, the words are more likely to be its own than those of the stopped one.
    if (next) return { conversation, effects: [{ type: 'text', turn: next.id, text, modality: 'spoken' }] };
    if (id === 0 || isUnheard) return still(conversation);
    return { conversation, effects: [{ type: 'text', turn: id, text, modality: 'spoken' }] };
  }
  // A transcript before its audio is held: it must not open a turn without audio.
  return still({ ...conversation, held: { turn: id, text: held.turn === id ? held.text + text : text } });
}

/** Makes the turn with this id the open one. */
function ensureTurn(
  before: Conversation,
  id: number,
  now: Moment,
  effects: ConversationEffect[],
): Conversation {
  if (openTurn(before)?.id === id) return before;
  // turnComplete of the earlier turn has not come: its audio is complete when the next turn begins.
  const conversation = closeOpenTurn(before, false, now, effects);
  const { held, turns } = conversation;
  effects.push({ type: 'turn', turn: id, phase: 'started' });
  if (held.turn === id && held.text !== '') {
    effects.push({ type: 'text', turn: id, text: held.text, modality: 'spoken' });
  }
  const turn: Turn = { id, start: now.written, generated: false };
  return { ...conversation, held: NOTHING_HELD, turns: [...turns, turn] };
}

function withGenerated(conversation: Conversation): Step {
  const turn = openTurn(conversation);
  if (!turn || turn.generated) return still(conversation);
  return {
    conversation: { ...conversation, turns: replaceLast(conversation.turns, { ...turn, generated: true }) },
    effects: [{ type: 'flush' }, { type: 'turn', turn: turn.id, phase: 'generated' }],
  };
}

function withTurnComplete(before: Conversation, now: Moment, late: boolean): Step {
  const effects: ConversationEffect[] = [];
  const { held } = before;
  // A transcript whose audio never came is an answer of its own: it must not be added to the next turn.
  const isWordsAlone = held.text !== '' && !openTurn(before) && held.turn > lastId(before);
  const conversation = isWordsAlone ? ensureTurn(before, held.turn, now, effects) : before;
  return endHeardTurns(closeOpenTurn(conversation, true, now, effects, late), now, effects);
}

function lastId({ lastTurn, turns }: Conversation): number {
  return turns.at(-1)?.id ?? lastTurn.id;
}

function withConnectionGone(before: Conversation, now: Moment): Step {
  const effects: ConversationEffect[] = [];
  const conversation: Conversation = { ...before, held: NOTHING_HELD };
  // No more words come from the connection that is gone.
  return endHeardTurns(closeOpenTurn(conversation, false, now, effects, true), now, effects);
}

function closeOpenTurn(
  conversation: Conversation,
  complete: boolean,
  now: Moment,
  effects: ConversationEffect[],
  late = false,
): Conversation {
  const turn = openTurn(conversation);
  if (!turn) return conversation;
  effects.push({ type: 'flush' });
  const generated = turn.generated || complete;
  const closed: Turn = { ...turn, end: now.written, generated, ...(late ? { late } : {}) };
  return { ...conversation, turns: replaceLast(conversation.turns, closed) };
}

/** Ends the closed turns whose audio was heard to its end, oldest first. */
function endHeardTurns(conversation: Conversation, now: Moment, effects: ConversationEffect[]): Step {
  let ended = 0;
  for (const turn of conversation.turns) {
    if (turn.end === undefined || now.heard < turn.end) break;
    effects.push({
      type: 'turn-ended',
      turn: turn.id,
      phase: 'completed',
      playedMs: toMs(turn.end - turn.start),
      start: turn.start,
      heard: turn.end,
      end: turn.end,
      truncated: !turn.generated,
      late: turn.late === true,
    });
    ended += 1;
  }
  const last = conversation.turns[ended - 1];
  if (!last) return { conversation, effects };
  const lastTurn = { id: last.id, endedAtMs: now.atMs };
  return { conversation: { ...conversation, turns: conversation.turns.slice(ended), lastTurn }, effects };
}

/**
 * gemini-3.8 sends no `interrupted` after turnComplete, although playout may not have ended: without this a person
 * who speaks then would hear the rest of the answer.
 */
function withPerson(conversation: Conversation, now: Moment, rules: ConversationRules): Step {
  const lagging = !openTurn(conversation) && conversation.turns.length > 0;
  if (!rules.bargeIn || !lagging || now.written <= now.heard) return still(conversation);
  return silence(conversation, now);
}

function silence(conversation: Conversation, now: Moment): Step {
  const effects: ConversationEffect[] = [];
  // First of all effects, so that playout stops as early as possible.
  if (now.written > now.heard) effects.push({ type: 'clear' });
  else if (openTurn(conversation)) effects.push({ type: 'flush' });
  for (const turn of conversation.turns) {
    const end = turn.end ?? now.written;
    const heardToEnd = turn.end !== undefined && now.heard >= end;
    const played = Math.min(Math.max(now.heard - turn.start, 0), end - turn.start);
    effects.push({
      type: 'turn-ended',
      turn: turn.id,
      phase: heardToEnd ? 'completed' : 'interrupted',
      playedMs: toMs(played),
      start: turn.start,
      heard: turn.start + played,
      end,
      truncated: !heardToEnd,
      late: turn.late === true,
    });
  }
  const last = conversation.turns.at(-1);
  return {
    conversation: {
      ...conversation,
      turns: [],
      held: NOTHING_HELD,
      lastTurn: last ? { id: last.id, endedAtMs: now.atMs } : conversation.lastTurn,
    },
    effects,
  };
}

function replaceLast(turns: readonly Turn[], turn: Turn): readonly Turn[] {
  return [...turns.slice(0, -1), turn];
}

function toMs(samples: number): number {
  return Math.round((samples * 1000) / OUTPUT_RATE);
}
