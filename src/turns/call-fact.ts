// What happens in a call, fact by fact, as plain JSON: metrics and reports are made of it, in this process or another.
import type { RoomEventBody } from '../protocol/events.js';
import type { RecordedTrace } from './trace-context.js';

/** `at` is epoch ms. */
export type CallFact =
  | {
      readonly type: 'begun';
      readonly at: number;
      readonly room: string;
      readonly agent: string;
      readonly model: string;
      /** The named profile on which the dispatch builds. */
      readonly profile?: string;
      /** The identities of those who are in the room. */
      readonly present: readonly string[];
      /** The application's own data of the profile. */
      readonly data?: unknown;
      readonly modality?: 'audio' | 'text';
      /** Reached by way of Vertex AI. */
      readonly vertex?: boolean;
      /** How each declared tool is run. */
      readonly tools: Readonly<Record<string, string>>;
    }
  /** The trace to which the call belongs; once. */
  | { readonly type: 'trace'; readonly at: number; readonly trace: RecordedTrace }
  /** The call goes on in another process; `planned`: at a moment that its worker has chosen. */
  | { readonly type: 'moved'; readonly at: number; readonly planned: boolean }
  /** An event of the call, also one that the profile keeps from the room. */
  | { readonly type: 'event'; readonly at: number; readonly event: RoomEventBody }
  /** The final words of a person. */
  | {
      readonly type: 'user';
      readonly at: number;
      readonly text: string;
      readonly identity?: string;
      /** Where several people may have said them: all of them, who was heard most first. */
      readonly identities?: readonly string[];
      /** The turn that answers them, which may have begun before they were final. */
      readonly turn?: number;
      /** Written, not spoken. */
      readonly typed?: true;
    }
  /** The final words of an answer: what was heard of it. */
  | { readonly type: 'agent'; readonly at: number; readonly text: string; readonly turn: number }
  | {
      readonly type: 'person';
      readonly at: number;
      readonly phase: 'joined' | 'left';
      readonly identity: string;
      /** Empty where the participant has none. */
      readonly name: string;
      readonly kind: string;
      /** Of somebody on the phone: number, trunk and call. */
      readonly phone?: Readonly<Record<string, string>>;
    }
  /** What was said of this turn was taken back. */
  | { readonly type: 'cancelled'; readonly at: number; readonly turn: number }
  /** Since the last fact of this type. */
  | { readonly type: 'audio'; readonly at: number; readonly droppedMs: number; readonly underruns: number };

type WithoutTime<F> = F extends CallFact ? Omit<F, 'at'> : never;
/** A fact without its time, which is added when it is reported. */
export type CallFactBody = WithoutTime<CallFact>;

/** Events that no figure and no report is made of, and that hold content: they stay in the call. */
const KEPT: ReadonlySet<string> = new Set([
  'thought',
  'code',
  'code_result',
  'grounding',
  'url_context',
  'vision',
]);

/** Reports facts with their time; nothing where nobody reads them. */
export function factReporter(onFact: ((fact: CallFact) => void) | undefined): (body: CallFactBody) => void {
  if (!onFact) return () => {};
  return (body) => {
    if (body.type === 'event' && KEPT.has(body.event.type)) return;
    onFact({ ...body, at: Date.now() });
  };
}
