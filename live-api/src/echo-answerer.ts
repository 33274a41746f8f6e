// The plainest mind: says back what it heard, and calls a function whose name was said.
import type { OpenAnswerer } from './answerer-port.js';

export const openEcho: OpenAnswerer = ({ declarations }) => ({
  answer(text) {
    const called = declarations.find(({ name }) =>
      text.toLowerCase().includes(name.replaceAll('_', ' ').toLowerCase()),
    );
    if (called) return { kind: 'call', name: called.name, args: {} };
    return { kind: 'text', text: `You said: ${text}` };
  },
  answerToolResult: (name, response) => `${name.replaceAll('_', ' ')} says: ${JSON.stringify(response)}`,
  remember: () => undefined,
});
