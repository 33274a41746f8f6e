// The dashboard and the alerts name only metrics, labels and values that the worker has; docs/operations.md names all.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { rootFolder } from '../../scripts/setup/paths.mjs';
import { debianProgram } from '../support/debian.js';
import { readPromql } from '../support/promql.js';
import { faultsOfPromql, labelValues, TARGET_LABELS, workerMetrics } from '../support/worker-series.js';

const read = (path: string): string => readFileSync(join(rootFolder, path), 'utf8');

const own = workerMetrics.filter(({ name }) => name.startsWith('gemini_room_'));
const faultsOf = (expression: string): string[] => faultsOfPromql(expression);

const alertSchema = z.object({
  alert: z.string().regex(/^GeminiRoom[A-Z]\w+$/),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook: z.string() }),
});
const alerts = z
  .object({ groups: z.array(z.object({ name: z.string(), rules: z.array(alertSchema) })) })
  .parse(parse(read('deploy/prometheus/alerts.yml')))
  .groups.flatMap(({ rules }) => rules);

const panelSchema = z.object({
  id: z.int(),
  type: z.string(),
  title: z.string().min(1),
  datasource: z.object({ uid: z.string().regex(/^\$\{datasource\}$/) }).optional(),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z.array(z.object({ expr: z.string(), refId: z.string() })).optional(),
});
const dashboard = z
  .object({
    uid: z.string(),
    annotations: z.object({ list: z.array(z.object({ expr: z.string() })) }),
    templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.unknown() })) }),
    panels: z.array(panelSchema),
  })
  .parse(JSON.parse(read('deploy/grafana/dashboard.json')));

/** As Grafana sends them. */
const filledIn = (expression: string): string => expression.replaceAll('$__rate_interval', '1m');

const panelExpressions = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);

test('an expression with a name that nothing has is found', () => {
  expect(faultsOf('rate(gemini_room_cals_total[5m])')).toEqual(['no metric gemini_room_cals_total']);
  expect(faultsOf('gemini_room_rooms{room="a"}')).toEqual(['gemini_room_rooms has no label room']);
  expect(faultsOf('gemini_room_calls_total{outcome="fail"}')).toEqual([
    'gemini_room_calls_total has no outcome="fail"',
  ]);
  expect(faultsOf('sum by (side) (gemini_room_rooms)')).toEqual(['no label side']);
  expect(faultsOf('gemini_room_connection_away_seconds_bucket{le="5"}')).toEqual([]);
  expect(() => faultsOf('sum by (le (gemini_room_rooms)')).toThrow(/no PromQL/);
});

describe('alerts', () => {
  test.each(alerts)('$alert uses what the worker has', ({ expr }) => {
    expect(faultsOf(expr)).toEqual([]);
  });

  test('each has its section in docs/operations.md', () => {
    const headings = [...read('docs/operations.md').matchAll(/^#+ (.+)$/gm)].map(([, title]) => title);
    expect(alerts.length).toBeGreaterThan(10);
    for (const { alert, annotations } of alerts) {
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      expect(headings).toContain(alert);
    }
  });

  test('each has a case in alerts.test.yml', () => {
    const cases = read('deploy/prometheus/alerts.test.yml');
    for (const { alert } of alerts) expect(cases).toContain(`alertname: ${alert}\n`);
  });

  test('promtool accepts the rules, their cases and the configuration', { timeout: 240_000 }, async () => {
    const promtool = debianProgram('promtool', 'prometheus');
    const run = (...args: string[]) =>
      promisify(execFile)(promtool, args, { cwd: join(rootFolder, 'deploy/prometheus') });
    await run('check', 'rules', 'alerts.yml');
    await run('test', 'rules', 'alerts.test.yml');
    // Debian's promtool is built without Kubernetes: deploy.test.ts reads kubernetes.yml.
    await run('check', 'config', '--syntax-only', 'prometheus.yml');
  });
});

describe('the dashboard', () => {
  test.each(panelExpressions)('%s: %s', (_title, expression) => {
    expect(faultsOf(filledIn(expression))).toEqual([]);
  });

  test('marks and choices use what the worker has', () => {
    for (const { expr } of dashboard.annotations.list) expect(faultsOf(filledIn(expr))).toEqual([]);
    const queries = dashboard.templating.list.flatMap(({ query }) =>
      typeof query === 'string' ? [] : [z.object({ query: z.string() }).parse(query).query],
    );
    expect(queries).toHaveLength(2);
    for (const query of queries) {
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      expect(faultsOf(selector)).toEqual([]);
      expect(TARGET_LABELS).toContain(label);
    }
  });

  test('shows every metric', () => {
    const shown = panelExpressions.flatMap(([, expression]) =>
      readPromql(filledIn(expression)).selectors.map(({ metric }) =>
        metric.replace(/_(bucket|count|sum)$/, ''),
      ),
    );
    expect(own.map(({ name }) => name).filter((name) => !shown.includes(name))).toEqual([]);
  });

  test('has panels with one number each that lie beside each other', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [index, { gridPos: a, title }] of panels.entries()) {
      expect(a.x + a.w, title).toBeLessThanOrEqual(24);
      for (const { gridPos: b, title: other } of panels.slice(index + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        expect(apart, `${title} and ${other}`).toBe(true);
      }
    }
  });
});

test('docs/operations.md names the metrics of the worker, with their labels and values', () => {
  const rows = [...read('docs/operations.md').matchAll(/^\| (`gemini_room_[^|]+)\| ([^|]*)\|/gm)];
  const documented = rows.flatMap(([, names = '', labels = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => ({ name, labels })),
  );
  expect(documented.map(({ name }) => name).sort()).toEqual(own.map(({ name }) => name).sort());
  for (const { name, labels } of documented) {
    const labelNames = own.find((metric) => metric.name === name)?.labelNames ?? [];
    expect(
      [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
      name,
    ).toEqual(labelNames);
    for (const [, label, list = ''] of labels.matchAll(/`(\w+)`: ([^;`]+)/g)) {
      const known = labelValues.get(`${name} ${label}`) ?? labelValues.get(`${name}_count ${label}`);
      if (known) expect(list.trim().split(', ').sort(), `${name} ${label}`).toEqual([...known].sort());
    }
  }
});
