// Typed text goes into the editor's document directly. Left to the browser, it is put into the page first, with a style
// attribute where it takes the place of coloured text; the page's content security policy refuses that, with an error.
import { EditorView } from '@codemirror/view';

export const typedText = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { inputType, data: text, isComposing } = event;
    // What is composed (accents, an input method, a phone's keyboard) has to pass through the page.
    if (inputType !== 'insertText' || !text || isComposing || view.composing) return false;
    const { from, to } = view.state.selection.main;
    const insert = () =>
      view.state.update(view.state.replaceSelection(text), { userEvent: 'input.type', scrollIntoView: true });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handler) => handler(view, from, to, text, insert))) view.dispatch(insert());
    event.preventDefault();
    return true;
  },
});
