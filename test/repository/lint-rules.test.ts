// Plants one fault a file and expects the rule that finds it; and its neighbour, where the same is allowed.
import { beforeAll, describe, expect, test } from 'vitest';
import { type Finding, lintPlanted } from './lint-planted.js';

const readsEnvironment = 'export const home = process.env.HOME;\n';
const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => `export const line${index} = ${index};\n`).join('');
const skipped = "import { test } from 'vitest';\ntest.skip('later', () => {});\n";

const sleep = 'export const slept = new Promise((resolve) => setTimeout(resolve, 5));\n';
const waits = (condition: string) =>
  `import { vi } from 'vitest';\nawait vi.waitFor(() => ${condition}, 5_000);\n`;

/** path, content, the rule that must find it (none: nothing may). */
const plants: readonly (readonly [path: string, content: string, rule?: string])[] = [
  ['src/reads-environment.ts', readsEnvironment, 'style/noRestrictedGlobals'],
  [
    'src/room/writes-environment.ts',
    "process.env.RUST_LOG = 'off';\nexport {};\n",
    'style/noRestrictedGlobals',
  ],
  ['src/room/follows-process.ts', "process.on('exit', () => {});\nexport {};\n", 'style/noRestrictedGlobals'],
  [
    'src/room/writes-global.ts',
    'Object.assign(globalThis, { state: 1 });\nexport {};\n',
    'style/noRestrictedGlobals',
  ],
  ['src/room/native/native-library.ts', 'export const of = Object.keys(globalThis);\n'],
  ['agent/own-process.ts', "process.env.RUST_LOG ||= 'off';\nprocess.on('exit', () => {});\nexport {};\n"],
  ['agent/reads-environment.ts', readsEnvironment, 'style/noProcessEnv'],
  ['live-api/src/reads-environment.ts', readsEnvironment, 'style/noProcessEnv'],
  ['src/config/environment.ts', readsEnvironment],
  ['live-api/src/main.ts', readsEnvironment],
  ['cli/reads-environment.ts', readsEnvironment],
  ['src/long.ts', lines(301), 'style/noExcessiveLinesPerFile'],
  ['src/not-long.ts', lines(300)],
  ['test/unit/long.test.ts', lines(501), 'style/noExcessiveLinesPerFile'],
  ['test/unit/not-long.test.ts', lines(500)],
  ['src/camelCase.ts', 'export {};\n', 'style/useFilenamingConvention'],
  ['src/any.ts', 'export const anything: any = 1;\n', 'suspicious/noExplicitAny'],
  [
    'src/type-import.ts',
    "import { Any } from './not-long.js';\nexport const of = (any: Any): Any => any;\n",
    'style/useImportType',
  ],
  [
    'src/floating.ts',
    'async function work(): Promise<void> {}\nexport function start() {\n  work();\n}\n',
    'nursery/noFloatingPromises',
  ],
  [
    'src/inexhaustive.ts',
    "type Phase = 'started' | 'ended';\nexport function name(phase: Phase) {\n  switch (phase) {\n    case 'started':\n      return 1;\n  }\n}\n",
    'nursery/useExhaustiveSwitchCases',
  ],
  [
    'src/cycle-a.ts',
    "import { b } from './cycle-b.js';\nexport const a = () => b;\n",
    'suspicious/noImportCycles',
  ],
  [
    'src/cycle-b.ts',
    "import { a } from './cycle-a.js';\nexport const b = () => a;\n",
    'suspicious/noImportCycles',
  ],
  ['src/default-export.ts', 'export default 1;\n', 'style/noDefaultExport'],
  ['agent/worker/framework/job-process.ts', 'export default 1;\n'],
  ['test/unit/skipped.test.ts', skipped, 'suspicious/noSkippedTests'],
  ['test/unit/focused.test.ts', skipped.replace('skip', 'only'), 'suspicious/noFocusedTests'],
  ['test/unit/sleeps.test.ts', sleep, 'plugin'],
  ['src/sleeps.ts', sleep],
  [
    'test/unit/sleeps-in-a-block.test.ts',
    sleep.replace('setTimeout(resolve, 5)', '{ setTimeout(resolve, 5); }'),
    'plugin',
  ],
  ['test/unit/sleeps-with-a-type.test.ts', sleep.replace('Promise(', 'Promise<void>('), 'plugin'],
  [
    'test/unit/sleeps-for-a-reason.test.ts',
    `// biome-ignore lint/plugin: real time is the subject\n${sleep}`,
  ],
  [
    'live-api/test/unit/sleeps.test.ts',
    "import { setTimeout as sleep } from 'node:timers/promises';\nexport const slept = sleep(5);\n",
    'plugin',
  ],
  [
    'test/unit/delays.test.ts',
    "import { delay } from '../../src/util/abort.js';\nawait delay(5);\n",
    'plugin',
  ],
  ['test/unit/waits-for-the-clock.test.ts', waits('performance.now() > 5'), 'plugin'],
  ['test/unit/expects-the-clock.test.ts', waits('expect(Date.now()).toBeGreaterThan(5)'), 'plugin'],
  ['test/unit/waits.test.ts', waits('isThere()')],
  ['test/unit/timer.test.ts', 'export const timer = setTimeout(() => {}, 5);\n'],
];

describe('lint rules', () => {
  let findings: Finding[];
  beforeAll(() => {
    findings = lintPlanted(plants.map(([path, content]) => ({ path, content })));
  });

  test.each(plants.map(([path, , rule]) => ({ path, rule })))('$path: $rule', ({ path, rule }) => {
    const found = findings.filter((finding) => finding.path === path).map((finding) => finding.rule);
    expect(found).toEqual(rule ? [rule] : []);
  });
});
