// The attributes of spans, as OpenTelemetry's conventions for generative AI name them; content only where it is asked for.
import type { Attributes } from '@opentelemetry/api';
import type { CallFact, CallRecordState } from '../../src/index.js';

type Event = Extract<CallFact, { type: 'event' }>['event'];
type EventOf<T extends Event['type']> = Extract<Event, { type: T }>;
type Turn = CallRecordState['turns'][number];

export interface ToolEnd {
  readonly call: EventOf<'tool.call'> & { readonly at: number };
  readonly result: EventOf<'tool.result'> | 'cancelled' | 'unfinished';
  readonly at: number;
}

/** Tokens of a turn: `audio.input`, `text.output` and so on. */
export type UsageByModality = Readonly<Record<string, number>>;

export function usageOf({ byModality }: EventOf<'usage'>, before: UsageByModality = {}): UsageByModality {
  const sums: Record<string, number> = { ...before };
  for (const [direction, parts] of [
    ['input', byModality.prompt],
    ['output', byModality.response],
  ] as const) {
    for (const [modality, tokens] of Object.entries(parts)) {
      const name = `${modality.toLowerCase()}.${direction}`;
      sums[name] = (sums[name] ?? 0) + tokens;
    }
  }
  return sums;
}

export function turnAttributes(turn: Turn, usage: UsageByModality = {}, content: boolean): Attributes {
  const { id, outcome = 'interrupted', latency, playedMs } = turn;
  const firstAudioMs = latency.endOfSpeechToAudioMs;
  const { prompt, response, thoughts } = turn.usage;
  return {
    'gen_ai.operation.name': 'generate_content',
    'gemini_room.turn.outcome': outcome,
    ...(id === null ? {} : { 'gemini_room.turn.id': id }),
    ...(firstAudioMs === undefined ? {} : { 'gen_ai.response.time_to_first_chunk': firstAudioMs / 1_000 }),
    ...(playedMs === undefined ? {} : { 'gemini_room.turn.played': playedMs / 1_000 }),
    ...(prompt + response + thoughts === 0
      ? {}
      : {
          'gen_ai.usage.input_tokens': prompt,
          'gen_ai.usage.output_tokens': response,
          'gen_ai.usage.reasoning.output_tokens': thoughts,
        }),
    ...Object.fromEntries(
      Object.entries(usage).map(([name, tokens]) => [`gen_ai.usage.${name}_tokens`, tokens]),
    ),
    ...(outcome === 'error' ? { 'error.type': 'error' } : {}),
    ...(content
      ? { ...message('input', 'user', turn.user), ...message('output', 'assistant', turn.agent) }
      : {}),
  };
}

function message(side: 'input' | 'output', role: string, text: string): Attributes {
  if (text === '') return {};
  return {
    [`gen_ai.${side}.messages`]: JSON.stringify([{ role, parts: [{ type: 'text', content: text }] }]),
  };
}

export function toolAttributes(
  call: EventOf<'tool.call'>,
  result: EventOf<'tool.result'> | 'cancelled' | 'unfinished',
  { content, kind }: { readonly content: boolean; readonly kind: string | undefined },
): Attributes {
  const outcome = typeof result === 'string' ? result : result.ok ? 'ok' : 'error';
  const answer = typeof result === 'string' ? undefined : (result.response ?? result.error);
  return {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': call.name,
    'gen_ai.tool.call.id': call.id,
    'gen_ai.tool.type': 'function',
    ...(kind === undefined ? {} : { 'gemini_room.tool.kind': kind }),
    'gemini_room.tool.outcome': outcome,
    ...(outcome === 'ok' ? {} : { 'error.type': outcome === 'error' ? 'tool_error' : outcome }),
    ...(content
      ? {
          'gen_ai.tool.call.arguments': JSON.stringify(call.args),
          ...(answer === undefined ? {} : { 'gen_ai.tool.call.result': JSON.stringify(answer) }),
        }
      : {}),
  };
}

/** As the metric `sessions_total` names it. */
export function outcomeOf(restored: string): string {
  return restored === 'resumed' || restored === 'rebuilt' ? restored : 'opened';
}
