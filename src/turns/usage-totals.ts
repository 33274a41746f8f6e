// Sums tokens: those of one message, and those of the call so far.
import type { TokensByModality, Usage } from '../session/port.js';

export interface UsageNumbers {
  readonly prompt: number;
  readonly response: number;
  readonly thoughts: number;
  readonly total: number;
  readonly byModality: { readonly prompt: TokensByModality; readonly response: TokensByModality };
}

export interface UsageReport extends UsageNumbers {
  readonly turn: number;
  /** The same, summed over the call. */
  readonly session: UsageNumbers;
}

export class UsageTotals {
  #session: UsageNumbers = {
    prompt: 0,
    response: 0,
    thoughts: 0,
    total: 0,
    byModality: { prompt: {}, response: {} },
  };

  add(usage: Usage, turn: number): UsageReport {
    const numbers: UsageNumbers = {
      prompt: usage.prompt,
      response: usage.response,
      thoughts: usage.thoughts,
      total: usage.total,
      byModality: { prompt: usage.promptByModality, response: usage.responseByModality },
    };
    const before = this.#session;
    this.#session = {
      prompt: before.prompt + numbers.prompt,
      response: before.response + numbers.response,
      thoughts: before.thoughts + numbers.thoughts,
      total: before.total + numbers.total,
      byModality: {
        prompt: sum(before.byModality.prompt, numbers.byModality.prompt),
        response: sum(before.byModality.response, numbers.byModality.response),
      },
    };
    return { turn, ...numbers, session: this.#session };
  }
}

function sum(a: TokensByModality, b: TokensByModality): TokensByModality {
  const total: Record<string, number> = { ...a };
  for (const [modality, tokens] of Object.entries(b)) total[modality] = (total[modality] ?? 0) + tokens;
  return total;
}
