// The profile editor: JSON that is completed and checked as one types, with the examples at hand.
import { autocompletion } from '@codemirror/autocomplete';
import { json } from '@codemirror/lang-json';
import { type Diagnostic, linter, lintGutter } from '@codemirror/lint';
import { EditorView } from '@codemirror/view';
import { basicSetup } from 'codemirror';
import { useEffect, useRef, useState } from 'react';
import schema from '../../../docs/profile.schema.json';
import type { Call } from '../call/call.js';
import { configurable, type ProfileChoice } from '../call/choice.js';
import { type Check, checkProfile } from '../call/token.js';
import { completeFrom } from './completion.js';
import { EXAMPLES } from './examples.js';
import { rangeOf } from './json-tree.js';
import type { Schema } from './schema-path.js';
import { highlighting, theme } from './theme.js';
import { typedText } from './typed-text.js';

export interface ProfileEditorProps {
  readonly choice: ProfileChoice;
  readonly onChoose: (choice: ProfileChoice) => void;
  /** Where this deployment takes named profiles alone, one can look and check, and not use it. */
  readonly readOnly?: boolean;
  /** The running call, to which it can be applied. */
  readonly call?: Call | undefined;
}

const CHECK_AFTER_MS = 300;

// biome-ignore lint/style/noDefaultExport: loaded when it is looked at
export default function ProfileEditor({ choice, onChoose, readOnly = false, call }: ProfileEditorProps) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const [text, setText] = useState(choice.text);
  const [check, setCheck] = useState<Check>();
  const [said, setSaid] = useState('');

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor holds the text itself once it is there
  useEffect(() => {
    if (!holder.current) return;
    const made = new EditorView({
      doc: choice.text,
      parent: holder.current,
      extensions: [
        basicSetup,
        json(),
        // The page's own completion of brackets and keys; the schema's is all there is to propose.
        autocompletion({ override: [completeFrom(schema as Schema)], activateOnTyping: true }),
        linter((editor) => lint(editor, setCheck), { delay: CHECK_AFTER_MS }),
        lintGutter(),
        typedText,
        highlighting,
        theme,
        EditorView.lineWrapping,
        EditorView.cspNonce.of(nonceOfPage()),
        EditorView.contentAttributes.of({ 'aria-label': 'Profile, JSON' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) setText(update.state.doc.toString());
        }),
      ],
    });
    view.current = made;
    return () => made.destroy();
  }, []);

  const load = (example: string): void => {
    const { current } = view;
    current?.dispatch({
      changes: { from: 0, to: current.state.doc.length, insert: EXAMPLES[example] ?? '' },
    });
  };
  const use = (): void => {
    onChoose({ which: 'custom', text });
    setSaid('The next call has this profile.');
  };
  const apply = async (): Promise<void> => {
    try {
      const { applies } = (await call?.command('configure', configurable(text))) ?? {};
      setSaid(
        applies === 'now' ? 'It holds from now on.' : 'It holds in a moment: the model is connected anew.',
      );
    } catch (error) {
      setSaid(`Not applied: ${(error as Error).message}`);
    }
  };
  const usable = check?.ok === true;
  return (
    <div className="editor">
      <div className="section-head">
        <h2>Profile</h2>
        <label className="inline">
          <span className="hidden">Start from an example</span>
          <select value="" onChange={(event) => load(event.target.value)}>
            <option value="">Start from an example…</option>
            {Object.keys(EXAMPLES).map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div ref={holder} className="code" />
      <Findings check={check} />
      <div className="buttons">
        {!readOnly && (
          <button type="button" disabled={!usable} onClick={use}>
            Use for the next call
          </button>
        )}
        {call && (
          <button type="button" className="quiet" disabled={!usable} onClick={() => void apply()}>
            Apply to this call
          </button>
        )}
      </div>
      <p className="muted" role="status" aria-label="Profile">
        {said ||
          (readOnly
            ? 'This deployment takes its own named profiles.'
            : 'A running call takes instructions, tools, listen and see; all else is for the next call.')}
      </p>
    </div>
  );
}

function Findings({ check }: { readonly check: Check | undefined }) {
  if (!check) return <p className="findings muted">Checking…</p>;
  if (check.ok && check.warnings.length === 0) return <p className="findings good">No problems.</p>;
  return (
    <ul className="findings" aria-label="Problems">
      {check.problems.map(({ path, message }) => (
        <li key={`${path} ${message}`} className="bad">
          {path && <code>{path}</code>} {message}
        </li>
      ))}
      {check.warnings.map((warning) => (
        <li key={warning} className="warning">
          {warning}
        </li>
      ))}
    </ul>
  );
}

async function lint(editor: EditorView, onCheck: (check: Check) => void): Promise<Diagnostic[]> {
  const { state } = editor;
  const text = state.doc.toString();
  try {
    JSON.parse(text);
  } catch (error) {
    const message = (error as Error).message;
    onCheck({ ok: false, problems: [{ path: '', message: `is no JSON yet: ${message}` }], warnings: [] });
    const at = Math.min(Number(message.match(/position (\d+)/)?.[1] ?? state.doc.length), state.doc.length);
    return [{ from: Math.max(0, at - 1), to: at, severity: 'error', message }];
  }
  try {
    const check = await checkProfile(text, AbortSignal.timeout(10_000));
    if (editor.state.doc.toString() !== text) return [];
    onCheck(check);
    return check.problems.map(({ path, message }) => ({
      ...rangeOf(state, path),
      severity: 'error' as const,
      message,
    }));
  } catch (error) {
    onCheck({
      ok: false,
      problems: [{ path: '', message: `could not be checked: ${(error as Error).message}` }],
      warnings: [],
    });
    return [];
  }
}

/** Without it the editor's style element is refused by the page's content security policy. */
function nonceOfPage(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}
