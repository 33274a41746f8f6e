// One tool call: its arguments, its result and how long it took; a form to answer it, or to allow it.
import { useState } from 'react';
import type { Call } from '../call/call.js';
import type { ToolCall } from '../call/log-types.js';

const STATES: Readonly<Record<ToolCall['state'], string>> = {
  approval: 'asks for permission',
  open: 'is running',
  done: 'done',
  failed: 'failed',
  cancelled: 'taken back',
};

export function ToolCard({ call, tool }: { readonly call: Call; readonly tool: ToolCall }) {
  const { name, args, state, result, durationMs } = tool;
  return (
    <article className="tool" data-state={state} aria-label={`Tool call ${name}`}>
      <header>
        <code>{name}</code>
        <span className="state">
          {STATES[state]}
          {durationMs !== undefined && ` · ${(durationMs / 1_000).toFixed(durationMs < 10_000 ? 2 : 1)} s`}
        </span>
      </header>
      <Json label="Arguments" value={args} />
      {result !== undefined && <Json label={state === 'failed' ? 'Error' : 'Result'} value={result} />}
      {state === 'open' && tool.ours && <AnswerForm call={call} tool={tool} />}
      {state === 'approval' && <Approval call={call} tool={tool} />}
    </article>
  );
}

function Json({ label, value }: { readonly label: string; readonly value: unknown }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  if (text === undefined || text === '{}') return null;
  return (
    <div className="json">
      <span className="muted">{label}</span>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}

/** For a function that runs in a participant's client: on this page the person answers. */
function AnswerForm({ call, tool }: { readonly call: Call; readonly tool: ToolCall }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const answer = async (failed: boolean): Promise<void> => {
    try {
      await call.answerTool(
        tool.id,
        failed ? { error: text.trim() || 'refused' } : { response: responseOf(text) },
      );
      setProblem(undefined);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <form
      className="answer"
      onSubmit={(event) => {
        event.preventDefault();
        void answer(false);
      }}
    >
      <label>
        Answer (text or JSON)
        <textarea rows={2} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      {problem && <p role="alert">{problem}</p>}
      <div className="buttons">
        <button type="submit">Answer</button>
        <button type="button" className="quiet" onClick={() => void answer(true)}>
          Answer with an error
        </button>
      </div>
    </form>
  );
}

/** An object as it stands; anything else as the function's output. */
export function responseOf(text: string): object {
  const trimmed = text.trim();
  try {
    const value: unknown = JSON.parse(trimmed);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    return { output: value };
  } catch {
    return { output: trimmed };
  }
}

function Approval({ call, tool }: { readonly call: Call; readonly tool: ToolCall }) {
  const decide = (ok: boolean): void => {
    void call.command('approve', { id: tool.id, ok }).catch((error: unknown) => call.fail(tool.name, error));
  };
  const others = tool.from.length > 0 && !tool.from.includes(call.identity);
  if (others) return <p className="muted">Waits for {tool.from.join(' or ')}.</p>;
  return (
    <div className="buttons">
      <button type="button" onClick={() => decide(true)}>
        Allow
      </button>
      <button type="button" className="quiet" onClick={() => decide(false)}>
        Refuse
      </button>
    </div>
  );
}
