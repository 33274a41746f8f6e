// The steps of a random story: what people, the model and the connection do.

/** How an answer comes. */
export interface AnswerPlan {
  /** In pieces of 400 ms. */
  readonly pieces: number;
  /** Its words come so long after their sound. */
  readonly wordsLateMs: number;
  readonly turnComplete: 'in time' | 'late' | 'never';
}

export type StoryStep =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'say'; readonly frames: number }
  | { readonly do: 'type' }
  | ({ readonly do: 'answer' } & AnswerPlan)
  | { readonly do: 'transcribe'; readonly pieces: number }
  | { readonly do: 'call'; readonly twice: boolean }
  | { readonly do: 'interrupt'; readonly alone: boolean }
  | { readonly do: 'lose'; readonly code: number; readonly reason: string }
  | { readonly do: 'forget session' }
  | { readonly do: 'go away'; readonly timeLeftMs: number };
