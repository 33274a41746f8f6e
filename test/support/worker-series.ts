// The series that a scrape of a worker has, from its own metrics, and what an expression names that is not among them.
import { WorkerMetrics } from '../../agent/observe/worker-metrics.js';
import { readPromql } from './promql.js';

const metrics = new WorkerMetrics(() => ({ rooms: 1, slots: 2, hosts: 1, eventLoopLagMs: 0 }));

export const workerMetrics = metrics.describe();

/** Prometheus sets them on every series that it scrapes. */
export const TARGET_LABELS: readonly string[] = ['job', 'instance'];

/** The labels of every series by its name. */
const series = new Map<string, readonly string[]>([['up', []]]);
for (const { name, type, labelNames } of workerMetrics) {
  series.set(name, labelNames);
  if (type !== 'histogram') continue;
  series.set(`${name}_bucket`, [...labelNames, 'le']);
  for (const suffix of ['sum', 'count']) series.set(`${name}_${suffix}`, labelNames);
}

/** The values that a label has from the beginning, by `metric label`. */
export const labelValues = new Map<string, Set<string>>();
for (const [, name = '', labels = ''] of (await metrics.text()).matchAll(/^(gemini_room_\w+)\{([^}]*)\}/gm)) {
  for (const [, label, value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
    const key = `${name} ${label}`;
    labelValues.set(key, (labelValues.get(key) ?? new Set()).add(value));
  }
}

/** @param more labels that the scrape adds there */
export function faultsOfPromql(expression: string, more: readonly string[] = []): string[] {
  const { selectors, groupedBy } = readPromql(expression);
  const faults: string[] = [];
  const added = [...TARGET_LABELS, ...more];
  const known = new Set(added);
  for (const { metric, matchers } of selectors) {
    const labels = series.get(metric);
    if (!labels) faults.push(`no metric ${metric}`);
    for (const label of labels ?? []) known.add(label);
    for (const { label, operator, value } of matchers) {
      if (labels && ![...labels, ...added].includes(label)) faults.push(`${metric} has no label ${label}`);
      const values = labelValues.get(`${metric} ${label}`);
      if (values && operator === '=' && !values.has(value))
        faults.push(`${metric} has no ${label}="${value}"`);
    }
  }
  if (selectors.length === 0) faults.push('no metric at all');
  return [...faults, ...groupedBy.filter((label) => !known.has(label)).map((label) => `no label ${label}`)];
}
