// Where the agent spends its time and what it allocates while it talks, beside the other subjects.
import { inCalls } from '../measure/call.js';
import { talk } from '../measure/talk.js';
import { markdownTable } from '../report/markdown.js';
import type { Profiles, SubjectName } from '../subjects/messages.js';
import { byOwner, type FunctionShare, ownAllocations, ownTimes } from './functions.js';

const SUBJECTS = ['bare', 'ours', 'plugin'] as const;
/** Spans of talk that are profiled. */
const TALKS = 3;
const LISTED = 15;
/** Of the functions that take the most time, so many must not be ours. */
const FIRST = 5;

/** @returns Markdown; sets the exit code where a function of ours is among the first */
export async function profileReport(url: string): Promise<string> {
  const profiles = new Map<SubjectName, Profiles>();
  // One after the other: profiling costs time of its own.
  for (const name of SUBJECTS) profiles.set(name, await profileOf(url, name));
  const ours = profiles.get('ours') as Profiles;
  const times = ownTimes(ours.cpu);
  const foremost = times.slice(0, FIRST).filter(({ isOurs }) => isOurs);
  if (foremost.length > 0) process.exitCode = 1;
  const allocations = ownAllocations(ours.heap);
  const bare = profiles.get('bare') as Profiles;
  const bareAllocations = ownAllocations(bare.heap);
  return [
    'Own time of the agent while it talks, idle time left out:',
    shares(times, totalOf(times), (amount) => `${(amount / 1000 / seconds(ours)).toFixed(2)} ms/s`),
    foremost.length === 0
      ? `No function of the agent is among the first ${FIRST}.`
      : `**Among the first ${FIRST}**: ${foremost.map(({ name, at }) => `${name} (${at})`).join(', ')}`,
    'What the agent allocates while it talks:',
    shares(allocations, totalOf(allocations), (amount) => rate(amount, ours)),
    'Of that, by its own functions:',
    shares(
      allocations.filter(({ isOurs }) => isOurs),
      totalOf(allocations),
      (amount) => rate(amount, ours),
    ),
    'What the bare loop allocates:',
    shares(bareAllocations, totalOf(bareAllocations), (amount) => rate(amount, bare)),
    'In all, a second of talk:',
    summary(profiles),
    'Time by package, ms in a second of talk:',
    packages(profiles),
  ].join('\n\n');
}

function profileOf(url: string, name: SubjectName): Promise<Profiles> {
  return inCalls(url, [name], async ([call]) => {
    if (!call) throw new Error(`no call with ${name}`);
    // Compiled and optimised as in a call that has been going on.
    await talk(call);
    await call.subject.profile();
    for (let count = 0; count < TALKS; count += 1) await talk(call);
    return call.subject.stopProfile();
  });
}

function shares(
  functions: readonly FunctionShare[],
  total: number,
  amountText: (amount: number) => string,
): string {
  return markdownTable(
    [
      { title: '', align: 'right' },
      { title: 'function', align: 'left' },
      { title: 'where', align: 'left' },
      { title: 'ours', align: 'left' },
      { title: 'own', align: 'right' },
      { title: 'share', align: 'right' },
    ],
    functions
      .slice(0, LISTED)
      .map(({ name, at, isOurs, amount }, index) => [
        String(index + 1),
        `\`${name}\``,
        at,
        isOurs ? 'yes' : '',
        amountText(amount),
        `${((100 * amount) / total).toFixed(1)} %`,
      ]),
  );
}

function summary(profiles: ReadonlyMap<SubjectName, Profiles>): string {
  const titles = ['JavaScript', 'allocated', "by the agent's functions", 'collections', 'collecting'];
  return markdownTable(
    [{ title: '', align: 'left' }, ...titles.map((title) => ({ title, align: 'right' as const }))],
    [...profiles].map(([name, profile]) => {
      const allocations = ownAllocations(profile.heap);
      const spanSeconds = seconds(profile);
      return [
        name,
        `${(totalOf(ownTimes(profile.cpu)) / 1000 / spanSeconds).toFixed(1)} ms`,
        rate(totalOf(allocations), profile),
        rate(totalOf(allocations.filter(({ isOurs }) => isOurs)), profile),
        (profile.collections / spanSeconds).toFixed(2),
        `${(profile.collectingMs / spanSeconds).toFixed(2)} ms`,
      ];
    }),
  );
}

/** A row for each package that takes a hundredth of some subject's time. */
function packages(profiles: ReadonlyMap<SubjectName, Profiles>): string {
  const times = [...profiles.values()].map((profile) => ({ profile, sums: byOwner(ownTimes(profile.cpu)) }));
  const owners = new Set(
    times.flatMap(({ sums }) => {
      const total = [...sums.values()].reduce((sum, amount) => sum + amount, 0);
      return [...sums].filter(([, amount]) => amount > total / 100).map(([owner]) => owner);
    }),
  );
  return markdownTable(
    [
      { title: '', align: 'left' },
      ...[...profiles.keys()].map((title) => ({ title, align: 'right' as const })),
    ],
    [...owners].map((owner) => [
      owner,
      ...times.map(({ profile, sums }) => ((sums.get(owner) ?? 0) / 1000 / seconds(profile)).toFixed(2)),
    ]),
  );
}

function totalOf(functions: readonly FunctionShare[]): number {
  return functions.reduce((sum, { amount }) => sum + amount, 0);
}

function rate(bytes: number, profile: Profiles): string {
  return `${(bytes / 1000 / seconds(profile)).toFixed(1)} kB/s`;
}

function seconds({ durationMs }: Profiles): number {
  return durationMs / 1000;
}
