// Inputs without an answer of a process that has died or is replaced: the next one sends them again, and nothing twice.
import { expect, test } from 'vitest';
import {
  type CarriedInputs,
  type CarriedInputsChange,
  NO_INPUTS,
  withChange,
} from '../../../src/session/carried-inputs.js';
import { given, givenOpen, range, type Scenario } from '../../support/scenario.js';
import { call, handle, speech } from '../../support/supervised.js';

const TOOLS = { open: [], seen: [], unconfirmed: [] };

/** What a worker keeps of the inputs, as it crosses a process's border. */
class Kept {
  inputs: CarriedInputs = NO_INPUTS;
  readonly add = (change: CarriedInputsChange): void => {
    this.inputs = withChange(this.inputs, JSON.parse(JSON.stringify(change)) as CarriedInputsChange);
  };

  get kinds(): string[] {
    return this.inputs.inputs.map(({ type }) => type);
  }
}

/** A session whose process keeps its inputs elsewhere; ended when `run` returns. */
async function predecessor(
  run: (scenario: Scenario, kept: Kept) => Promise<void> | void,
  {
    onInputs,
    onEvent,
  }: { onInputs?: (change: CarriedInputsChange) => void; onEvent?: (type: string) => void } = {},
): Promise<void> {
  const kept = new Kept();
  const carry = {
    onInputs: (change: CarriedInputsChange) => {
      kept.add(change);
      onInputs?.(change);
    },
  };
  await using scenario = await givenOpen({ carry, onEvent: ({ type }) => onEvent?.(type) }, handle);
  await run(scenario, kept);
}

/** What is kept when the predecessor dies at the end of `run`. */
async function keptOf(run: (scenario: Scenario) => Promise<void> | void): Promise<CarriedInputs> {
  let atDeath = NO_INPUTS;
  await predecessor(async (scenario, kept) => {
    await run(scenario);
    atDeath = kept.inputs;
  });
  return atDeath;
}

/** What the successor's first connection is sent. */
async function successor(
  inputs: CarriedInputs,
  late: readonly CarriedInputs[] = [],
  meanwhile: (scenario: Scenario) => void = () => {},
) {
  const kept = new Kept();
  kept.inputs = inputs;
  const carry = {
    takenOver: { tools: TOOLS, turn: 1, inputs },
    handle: 'h1',
    onInputs: kept.add,
    heardBefore: () => late,
  };
  await using scenario = given({ carry });
  meanwhile(scenario);
  await scenario.serviceAccepts();
  await scenario.time(3_000);
  const again = scenario.eventsOf('input-restarted').map(({ text }) => text);
  return { sent: scenario.sent, spoken: scenario.spoken, again, kept: kept.kinds };
}

test('an utterance that its process dies in is sent again from its onset, before what is said meanwhile', async () => {
  const inputs = await keptOf(async (scenario) => {
    await scenario.silenceInTime(50);
    await scenario.speechInTime(1, 40);
  });
  const { spoken } = await successor(inputs, [], (next) => next.speech(100, 110));
  // Of the last 100 ms at most nothing was kept.
  const before = spoken.filter((mark) => mark < 100);
  expect(before).toEqual(range(1, before.length));
  expect(before.length).toBeGreaterThanOrEqual(35);
  expect(spoken.slice(before.length)).toEqual(range(100, 110));
});

test('silence is not kept', async () => {
  expect(await keptOf((scenario) => scenario.silenceInTime(100))).toEqual(NO_INPUTS);
});

test('what the process before hears until it is replaced comes between', async () => {
  const late: CarriedInputsChange[] = [];
  let atHandOver: CarriedInputs | undefined;
  const onInputs = (change: CarriedInputsChange): void => {
    if (atHandOver) late.push(change);
  };
  await predecessor(
    async (scenario, kept) => {
      await scenario.speechInTime(1, 20);
      atHandOver = kept.inputs;
      await scenario.speechInTime(21, 30);
    },
    { onInputs },
  );
  const { spoken } = await successor(atHandOver ?? NO_INPUTS, late, (next) => next.speech(100, 110));
  expect(spoken).toEqual([...range(1, 30), ...range(100, 110)]);
});

test('what has its answer, or was taken back, is not sent again', async () => {
  await predecessor(async (scenario, kept) => {
    await scenario.speechInTime(1, 40);
    await scenario.silenceInTime(40);
    expect(kept.kinds).toContain('audio');
    scenario.serviceSends(speech);
    expect(kept.inputs).toEqual(NO_INPUTS);
    await scenario.speechInTime(41, 60);
    scenario.session.cancelTurn();
    expect(kept.kinds).not.toContain('audio');
  });
  expect((await successor(NO_INPUTS)).sent).toEqual([]);
});

test('a text is kept at once, and until a tool is called for it: then its tool runs once', async () => {
  let kept: Kept | undefined;
  const keptAtCall: string[][] = [];
  const onEvent = (type: string): void => {
    if (type === 'tool-calls') keptAtCall.push(kept?.kinds ?? []);
  };
  let inputs = NO_INPUTS;
  await predecessor(
    (scenario, own) => {
      kept = own;
      scenario.session.sendText('What is the weather?');
      inputs = own.inputs;
      scenario.serviceSends({ type: 'tool-calls', calls: [call] });
    },
    { onEvent },
  );
  expect(keptAtCall).toEqual([[]]);
  expect((await successor(inputs)).sent).toEqual(['text']);
});

test('words that were transcribed before are announced as heard again', async () => {
  const inputs = await keptOf(async (scenario) => {
    await scenario.speechInTime(1, 40);
    scenario.serviceSends({ type: 'input-transcript', text: 'What is', finished: false, interim: false });
    await scenario.speechInTime(41, 50);
  });
  expect((await successor(inputs)).again).toEqual(['What is']);
});

test('the successor keeps them in turn: it may die as well', async () => {
  const inputs = await keptOf((scenario) => scenario.session.sendText('Are you there?'));
  expect((await successor(inputs)).kept).toEqual(['text']);
});

test('while the service is away the newest fifteen seconds of speech are kept, and little of a pause', async () => {
  const afterPause = await keptOf(async (scenario) => {
    scenario.connectionEnds();
    await scenario.speechInTime(1, 100);
    await scenario.silenceInTime(1_500);
  });
  expect(JSON.stringify(afterPause).length).toBeLessThan(4 * 32_000 * 1.4);
  const afterSpeech = await keptOf(async (scenario) => {
    scenario.connectionEnds();
    await scenario.speechInTime(1, 1_000);
  });
  const seconds = JSON.stringify(afterSpeech).length / (32_000 * (4 / 3));
  expect(seconds).toBeGreaterThan(10);
  expect(seconds).toBeLessThan(15.5);
});
