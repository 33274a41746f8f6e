// An answerer for tests of the protocol: short answers, and a call for every function whose name is said.
import type { OpenAnswerer } from '../../src/answerer-port.js';

/** `remembered` takes what the server has put into memory. */
export const briefAnswerer =
  (remembered: string[] = []): OpenAnswerer =>
  ({ declarations }) => ({
    answer(text) {
      const called = declarations.find(({ name }) => text.toLowerCase().includes(name.replaceAll('_', ' ')));
      if (called) return { kind: 'call', name: called.name, args: { of: text } };
      return {
        kind: 'text',
        text: text.includes('long') ? 'One long sentence after the other. '.repeat(8) : 'Yes, I can.',
      };
    },
    answerToolResult: (name) => `${name} is done.`,
    remember: (role, text) => {
      remembered.push(`${role}: ${text}`);
    },
  });
