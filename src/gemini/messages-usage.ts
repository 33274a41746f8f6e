// Maps `usageMetadata`: the tokens of one message, under the field names of either API.

import type { JsonObject, ModelEvent, TokensByModality } from '../session/port.js';
import { countOf, listOf, objectOf, textOf } from './messages-values.js';

export function usage(value: unknown, events: ModelEvent[]): void {
  const counts = objectOf(value);
  if (counts === undefined) return;
  const prompt = countOf(counts.promptTokenCount);
  // Vertex AI has candidatesTokenCount where the Gemini API has responseTokenCount.
  const response = countOf(counts.responseTokenCount) ?? countOf(counts.candidatesTokenCount);
  const thoughts = countOf(counts.thoughtsTokenCount);
  const total = countOf(counts.totalTokenCount);
  if (prompt === undefined && response === undefined && thoughts === undefined && total === undefined) return;
  events.push({
    type: 'usage',
    usage: {
      prompt: prompt ?? 0,
      response: response ?? 0,
      thoughts: thoughts ?? 0,
      toolPrompt: countOf(counts.toolUsePromptTokenCount) ?? 0,
      cached: countOf(counts.cachedContentTokenCount) ?? 0,
      total: total ?? (prompt ?? 0) + (response ?? 0) + (thoughts ?? 0),
      promptByModality: byModality(counts.promptTokensDetails),
      responseByModality: byModality(counts.responseTokensDetails ?? counts.candidatesTokensDetails),
    },
  });
}

function byModality(details: unknown): TokensByModality {
  const tokens = new Map<string, number>();
  for (const entry of listOf(details)) {
    const detail: JsonObject | undefined = objectOf(entry);
    const modality = textOf(detail?.modality);
    const count = countOf(detail?.tokenCount);
    if (modality !== undefined && count !== undefined)
      tokens.set(modality, (tokens.get(modality) ?? 0) + count);
  }
  return Object.fromEntries(tokens);
}
