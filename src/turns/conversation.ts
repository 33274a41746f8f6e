// The conversation as a pure reducer: which turn is open, what of it may be played, and what of it was heard.
import type { PcmChunk } from '../audio/pcm.js';
import { OUTPUT_RATE } from '../audio/pcm.js';
import {
  type Conversation,
  type ConversationEffect,
  type ConversationInput,
  type ConversationRules,
  type Gate,
  LATE_AUDIO_MS,
  type Moment,
  SAME_BARGE_IN_MS,
  STRAGGLER_MS,
  type Step,
  type Turn,
} from './conversation-types.js';

export * from './conversation-types.js';

const NO_EFFECTS: readonly ConversationEffect[] = [];

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
      return withText(conversation, input.text, 'written', now);
    case 'output-transcript':
      return input.text === '' ? still(conversation) : withText(conversation, input.text, 'spoken', now);
    case 'generation-complete':
      return withGenerated(conversation);
    case 'turn-complete':
      return withTurnComplete(conversation, now);
    case 'interrupted':
      return silence(conversation, now, { open: false, sinceMs: now.atMs, patient: false });
    case 'interrupt':
      return silence(
        conversation,
        now,
        openTurn(conversation) ? { open: false, sinceMs: now.atMs, patient: true } : conversation.gate,
      );
    case 'tool-calls':
      return withToolCalls(conversation);
    case 'activity':
      return input.phase === 'started'
        ? withPerson(conversation, now, rules)
        : still({ ...conversation, asked: true });
    case 'input-transcript':
      // During an answer they are mostly the question to it, written down late.
      return still(openTurn(conversation) ? conversation : { ...conversation, asked: true });
    case 'asked':
      return still({ ...conversation, asked: true });
    case 'grounding':
    case 'url-context':
      return { conversation, effects: [{ type: 'report', turn: answerOf(conversation), event: input }] };
    case 'person-started':
      return withPerson(conversation, now, rules);
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

/** The turn of what belongs to an answer and may come before its first sound, or after its last. */
function answerOf(conversation: Conversation): number {
  const last = lastId(conversation);
  if (openTurn(conversation)) return last;
  // A closed gate: the interrupted answer goes on until its turnComplete.
  return Math.max(1, conversation.asked && conversation.gate.open ? last + 1 : last);
}

function lastId({ lastTurn, turns }: Conversation): number {
  return Math.max(lastTurn.id, turns.at(-1)?.id ?? 0);
}

function still(conversation: Conversation): Step {
  return { conversation, effects: NO_EFFECTS };
}

/** Opens the gate again when enough time has passed for late audio to have come. */
function expireGate(conversation: Conversation, now: Moment): Conversation {
  const { gate } = conversation;
  if (gate.open || gate.patient || now.atMs - gate.sinceMs < LATE_AUDIO_MS) return conversation;
  return { ...conversation, gate: { open: true } };
}

/** The service has turned to something new; but a turn that we silenced by ourselves goes on beyond its tool calls. */
function withToolCalls(before: Conversation): Step {
  const conversation: Conversation = { ...before, asked: true };
  const { gate } = conversation;
  return still(gate.open || gate.patient ? conversation : { ...conversation, gate: { open: true } });
}

function withAudio(before: Conversation, chunk: PcmChunk, now: Moment): Step {
  const gated = expireGate(before, now);
  if (!gated.gate.open) return still({ ...gated, droppedChunks: gated.droppedChunks + 1 });
  if (chunk.samples.length === 0) return still(gated);
  const effects: ConversationEffect[] = [];
  const { conversation, turn } = ensureTurn(gated, now, effects);
  effects.push({ type: 'play', turn: turn.id, chunk });
  return { conversation, effects };
}

function withText(before: Conversation, text: string, modality: 'spoken' | 'written', now: Moment): Step {
  const conversation = expireGate(before, now);
  const current = openTurn(conversation);
  if (current && conversation.gate.open) {
    return { conversation, effects: [{ type: 'text', turn: current.id, text, modality }] };
  }
  const { lastTurn } = conversation;
  const closing = conversation.turns.at(-1);
  if (modality === 'spoken') {
    if (closing) return { conversation, effects: [{ type: 'text', turn: closing.id, text, modality }] };
    if (now.atMs - lastTurn.endedAtMs < STRAGGLER_MS) {
      return { conversation, effects: [{ type: 'text', turn: lastTurn.id, text, modality }] };
    }
    // Of an answer that was silenced: nobody heard it, and it must not lead the next one.
    if (!conversation.gate.open) return still(conversation);
    // Before its audio: hold it, for a transcript alone must not open a turn that nobody hears.
    return still({ ...conversation, heldText: conversation.heldText + text });
  }
  if (!conversation.gate.open)
    return still({ ...conversation, droppedChunks: conversation.droppedChunks + 1 });
  const effects: ConversationEffect[] = [];
  const opened = ensureTurn(conversation, now, effects);
  effects.push({ type: 'text', turn: opened.turn.id, text, modality });
  return { conversation: opened.conversation, effects };
}

function ensureTurn(
  conversation: Conversation,
  now: Moment,
  effects: ConversationEffect[],
): { conversation: Conversation; turn: Turn } {
  const current = openTurn(conversation);
  // What goes on was not asked for just now.
  if (current)
    return {
      conversation: conversation.asked ? { ...conversation, asked: false } : conversation,
      turn: current,
    };
  const turn: Turn = { id: lastId(conversation) + 1, start: now.written, generated: false };
  effects.push({ type: 'turn', turn: turn.id, phase: 'started' });
  if (conversation.heldText !== '') {
    effects.push({ type: 'text', turn: turn.id, text: conversation.heldText, modality: 'spoken' });
  }
  return {
    conversation: { ...conversation, heldText: '', asked: false, turns: [...conversation.turns, turn] },
    turn,
  };
}

function withGenerated(conversation: Conversation): Step {
  const turn = openTurn(conversation);
  if (!turn || turn.generated || !conversation.gate.open) return still(conversation);
  return {
    conversation: { ...conversation, turns: replaceLast(conversation.turns, { ...turn, generated: true }) },
    effects: [{ type: 'flush' }, { type: 'turn', turn: turn.id, phase: 'generated' }],
  };
}

function withTurnComplete(before: Conversation, now: Moment): Step {
  const effects: ConversationEffect[] = [];
  const { gate } = before;
  // Whoever interrupts asks for something; a room that silences the answer does not.
  const asked = before.asked || (!gate.open && !gate.patient);
  let conversation: Conversation = gate.open ? before : { ...before, asked, gate: { open: true } };
  if (conversation.heldText !== '' && !openTurn(conversation)) {
    // A transcript whose audio never came: still an answer, and it must not leak into the next turn.
    conversation = ensureTurn(conversation, now, effects).conversation;
  }
  return endHeardTurns(closeOpenTurn(conversation, true, now, effects), now, effects);
}

function withConnectionGone(before: Conversation, now: Moment): Step {
  const effects: ConversationEffect[] = [];
  const conversation: Conversation = { ...before, gate: { open: true }, heldText: '', asked: true };
  return endHeardTurns(closeOpenTurn(conversation, false, now, effects), now, effects);
}

function closeOpenTurn(
  conversation: Conversation,
  complete: boolean,
  now: Moment,
  effects: ConversationEffect[],
): Conversation {
  const turn = openTurn(conversation);
  if (!turn) return conversation;
  effects.push({ type: 'flush' });
  const closed: Turn = { ...turn, end: now.written, generated: turn.generated || complete };
  return { ...conversation, turns: replaceLast(conversation.turns, closed) };
}

/** Ends, oldest first, the closed turns of which everything was heard. */
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
    });
    ended += 1;
  }
  const last = conversation.turns[ended - 1];
  if (!last) return { conversation, effects };
  const lastTurn = { id: last.id, endedAtMs: now.atMs };
  return { conversation: { ...conversation, turns: conversation.turns.slice(ended), lastTurn }, effects };
}

/**
 * 3.8 sends no `interrupted` once turnComplete is out, while our playout may still lag behind it:
 * a person who speaks then interrupts here.
 */
function withPerson(before: Conversation, now: Moment, rules: ConversationRules): Step {
  let conversation = expireGate(before, now);
  const { gate } = conversation;
  if (!gate.open && !gate.patient && now.atMs - gate.sinceMs >= SAME_BARGE_IN_MS) {
    conversation = { ...conversation, gate: { open: true } };
  }
  const lagging = !openTurn(conversation) && conversation.turns.length > 0;
  if (!rules.bargeIn || !lagging || now.written <= now.heard) return still(conversation);
  return silence(conversation, now, conversation.gate);
}

function silence(conversation: Conversation, now: Moment, gate: Gate): Step {
  const effects: ConversationEffect[] = [];
  // Before anything else, so that no more of it is heard than can be helped.
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
    });
  }
  const last = conversation.turns.at(-1);
  return {
    conversation: {
      ...conversation,
      turns: [],
      heldText: '',
      gate,
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
