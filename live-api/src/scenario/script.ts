// Runs a scenario in one conversation: finds the matching rule and its steps.
import type { Plan, Prompt, Script, Step } from '../session/plan.js';
import { VOICE_RATE } from '../speech/port.js';
import { messages } from '../wire/messages.js';
import type { Scenario, ScenarioRule, ScenarioStep } from './schema.js';

const NOTHING: Plan = { steps: [], silent: true };

export class ScenarioScript implements Script {
  readonly timed: readonly { readonly atMs: number; readonly plan: Plan }[];
  readonly watches: boolean;
  readonly transcribes: boolean;
  readonly #scenario: Scenario;
  readonly #used = new Map<ScenarioRule, number>();
  #turn = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.transcribes = scenario.transcripts === 'heard';
    this.watches = scenario.rules.some(({ when }) => when.received !== undefined);
    this.timed = scenario.rules.flatMap((rule) =>
      rule.when.atMs === undefined ? [] : [{ atMs: rule.when.atMs, plan: planOf(rule) }],
    );
  }

  plan(prompt: Prompt): Plan | undefined {
    if (prompt.kind === 'speech' || prompt.kind === 'text') this.#turn++;
    const rule = this.#scenario.rules.find((candidate) => this.#fits(candidate, prompt));
    if (rule) {
      this.#used.set(rule, (this.#used.get(rule) ?? 0) + 1);
      return planOf(rule);
    }
    const answered = prompt.kind !== 'setup' && prompt.kind !== 'message';
    return this.#scenario.otherwise === 'silence' && answered ? NOTHING : undefined;
  }

  #fits(rule: ScenarioRule, prompt: Prompt): boolean {
    const { when, times } = rule;
    if (when.atMs !== undefined) return false;
    if (times !== undefined && (this.#used.get(rule) ?? 0) >= times) return false;
    const { kind } = prompt;
    const text = kind === 'setup' ? '' : prompt.text;
    const asked = kind === 'speech' || kind === 'text';
    return [
      when.setup === undefined ? kind !== 'setup' : kind === 'setup',
      when.heard === undefined || (kind === 'speech' && matches(when.heard, text)),
      when.text === undefined || (kind === 'text' && matches(when.text, text)),
      when.speech === undefined || kind === 'speech',
      when.toolResponse === undefined
        ? kind !== 'tool-response'
        : kind === 'tool-response' && prompt.name === when.toolResponse,
      when.response === undefined || (kind === 'tool-response' && matches(when.response, text)),
      when.received === undefined ? kind !== 'message' : kind === 'message' && matches(when.received, text),
      when.turn === undefined || (asked && this.#turn === when.turn),
    ].every(Boolean);
  }
}

const matches = (pattern: string, text: string) => new RegExp(pattern, 'iu').test(text);

function planOf(rule: ScenarioRule): Plan {
  return {
    steps: rule.do.map(stepOf),
    // A rule that only disturbs the connection is no turn of the model.
    silent: rule.do.every(
      (step) => 'fault' in step || 'message' in step || 'wait' in step || 'interim' in step,
    ),
    ...(rule.afterMs !== undefined && { afterMs: rule.afterMs }),
    ...(rule.complete && { complete: rule.complete }),
  };
}

function stepOf(step: ScenarioStep): Step {
  if ('say' in step) {
    const { transcript } = step;
    return { do: 'say', text: step.say, ...(transcript !== undefined && { transcript }) };
  }
  if ('silence' in step) {
    return { do: 'audio', samples: new Int16Array(Math.round((step.silence * VOICE_RATE) / 1000)) };
  }
  if ('call' in step) return { do: 'calls', calls: [planned(step.call)] };
  if ('calls' in step) return { do: 'calls', calls: step.calls.map(planned) };
  if ('parts' in step) return { do: 'parts', parts: step.parts };
  if ('content' in step) return { do: 'content', content: step.content };
  if ('interim' in step) return { do: 'message', message: messages.interimInputTranscription(step.interim) };
  if ('message' in step) return { do: 'message', message: step.message };
  if ('wait' in step) return { do: 'wait', ms: step.wait };
  return { do: 'fault', fault: step.fault };
}

const planned = ({
  name,
  args,
  id,
}: {
  name: string;
  args: Record<string, unknown>;
  id?: string | undefined;
}) => ({
  name,
  args,
  ...(id !== undefined && { id }),
});
