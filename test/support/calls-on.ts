// A scenario of the local Live API in which a text makes the model call tools.
import type { LiveApiServer } from '@gemini-room-agent/live-api';

/** What is written is answered with these calls. */
export function callsOn(
  liveApi: LiveApiServer,
  rules: Record<string, { name: string; id: string; args?: Record<string, unknown> }[]>,
): void {
  liveApi.setScenario({
    otherwise: 'silence',
    rules: Object.entries(rules).map(([text, calls]) => ({ when: { text }, do: [{ calls }] })),
  });
}
