// The files of deploy/: against their schemas and linters, and against what the code reads.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { productionPackage, webDependencies } from '../../deploy/production-package.mjs';
import { rootFolder } from '../../scripts/setup/paths.mjs';
import { readEnvironment } from '../../src/config/environment.js';
import { environmentShape } from '../../src/config/environment-fields.js';
import {
  COMPOSE_SCHEMA,
  fileOfWheel,
  HADOLINT,
  KUBERNETES_SCHEMAS,
  programOfWheel,
} from '../support/wheels.js';
import { faultsOfPromql } from '../support/worker-series.js';

const DOWNLOAD_MS = 180_000;
const read = (path: string): string => readFileSync(join(rootFolder, path), 'utf8');
const deploy = join(rootFolder, 'deploy');

/** Longer than the drain: 20 s until a call is at a quiet moment, and twice 6 s for another worker to take it. */
const HAND_OVER_MS = 50_000;

const variables = z.record(z.string(), z.string());
/** Beside the product's own: Node's, OpenTelemetry's, Google's, and the key that accesses.json names. */
const KNOWN = new Set([
  ...Object.keys(environmentShape),
  'NODE_ENV',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_API_KEY_2',
]);
const unknownOf = (names: Iterable<string>): string[] => [...names].filter((name) => !KNOWN.has(name));

describe('compose.yaml', () => {
  const text = read('deploy/compose.yaml');
  const serviceSchema = z.looseObject({
    image: z.string(),
    environment: variables.default({}),
    build: z.object({ context: z.string(), dockerfile: z.string(), target: z.string() }).optional(),
    volumes: z.array(z.string()).default([]),
    depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).default([]),
    ports: z.array(z.string()).default([]),
    read_only: z.boolean().default(false),
    cap_drop: z.array(z.string()).default([]),
    stop_grace_period: z.string().optional(),
  });
  const document = parse(text, { merge: true }) as Record<string, unknown>;
  const { services, volumes } = z
    .object({ services: z.record(z.string(), serviceSchema), volumes: z.record(z.string(), z.unknown()) })
    .parse(document);
  const ours = Object.entries(services).filter(([, { build }]) => build);

  test('is what the Compose specification allows', { timeout: DOWNLOAD_MS }, async () => {
    const schema = await fileOfWheel(
      COMPOSE_SCHEMA,
      'check_jsonschema/builtin_schemas/vendor/compose-spec.json',
    );
    const check = schemaCheck().bind(undefined, JSON.parse(schema.toString()) as object);
    expect(check(document)).toEqual([]);
    expect(check({ services: { web: { image: 'web', read_onyl: true } } }).join()).toContain('read_onyl');
  });

  test('has LiveKit, Redis, two workers, the page, Prometheus and Grafana', () => {
    expect(Object.keys(services).sort()).toEqual(
      ['grafana', 'livekit', 'prometheus', 'redis', 'web', 'worker-1', 'worker-2'].sort(),
    );
    for (const [name, { depends_on: needs }] of Object.entries(services)) {
      for (const other of Array.isArray(needs) ? needs : Object.keys(needs))
        expect(services, name).toHaveProperty(other);
    }
  });

  test('every image has a version, and what is built here a stage', () => {
    for (const [name, { image, build }] of Object.entries(services)) {
      if (!build) expect(image, name).toMatch(/:[\w.-]*\d[\w.-]*$/);
      else {
        expect(existsSync(join(deploy, build.context, build.dockerfile)), name).toBe(true);
        expect(read('deploy/Dockerfile')).toMatch(new RegExp(`^FROM .* AS ${build.target}$`, 'm'));
      }
    }
  });

  test('sets only variables that the programs read, with values that they take', () => {
    expect(ours).toHaveLength(3);
    for (const [name, { environment }] of ours) {
      expect(unknownOf(Object.keys(environment)), name).toEqual([]);
      expect(() => readEnvironment(filledIn(environment)), name).not.toThrow();
    }
  });

  test('example.env names what has to be filled in', () => {
    const wanted = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const named = [...read('deploy/compose/example.env').matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual([...wanted].sort());
  });

  test('every file that is mounted is there, and every volume declared', () => {
    for (const [source = ''] of Object.values(services).flatMap((each) =>
      each.volumes.map((volume) => volume.split(':')),
    )) {
      if (source.startsWith('.')) expect(existsSync(join(deploy, source)), source).toBe(true);
      else expect(volumes).toHaveProperty(source);
    }
  });

  test('what is built here runs with a read-only root and without capabilities', () => {
    for (const [name, { read_only, cap_drop }] of ours)
      expect({ read_only, cap_drop }, name).toEqual({ read_only: true, cap_drop: ['ALL'] });
  });

  test('a worker is given longer than its drain', () => {
    const { stop_grace_period: grace = '', environment } = services['worker-1']!;
    const [, minutes] = /^(\d+)m$/.exec(grace) ?? [];
    expect(Number(minutes) * 60_000).toBeGreaterThanOrEqual(
      Number(environment.AGENT_DRAIN_MS) + HAND_OVER_MS,
    );
  });

  test('Prometheus scrapes each worker on its port', () => {
    const { scrape_configs: jobs } = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const workers = ours.filter(([name]) => name.startsWith('worker'));
    expect(jobs).toEqual([
      {
        job_name: 'gemini-room-agent',
        static_configs: [
          { targets: workers.map(([name, { environment }]) => `${name}:${environment.AGENT_PORT}`) },
        ],
      },
    ]);
  });
});

/** Values as somebody would fill them in. */
function filledIn(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, interpolated(value)]));
}

/** As Compose does it, the inner `${NAME}` of a default first. */
function interpolated(value: string): string {
  const filled = value.replace(
    /\$\{(\w+)(?::[-?]([^{}]*))?\}/g,
    (_, key: string, instead = '') => VALUES[key] ?? instead,
  );
  return filled === value ? value : interpolated(filled);
}

const VALUES: Readonly<Record<string, string>> = {
  NODE_IP: '192.0.2.10',
  LIVEKIT_API_KEY: 'key',
  LIVEKIT_API_SECRET: 's'.repeat(32),
  GOOGLE_API_KEY: 'key',
  AGENT_STATE_KEY: Buffer.alloc(32, 1).toString('base64'),
  GRAFANA_PASSWORD: 'password',
  REDIS_URL: 'redis://redis',
  GOOGLE_API_KEY_2: 'key',
  LIVEKIT_E2EE_KEY: 'shared',
  TOOL_WEBHOOK_SECRET: 's'.repeat(32),
  CALL_REPORT_SECRET: 's'.repeat(32),
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20key',
};

const SECRET = /KEY|SECRET|REDIS_URL|HEADERS/;

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

describe('kubernetes', () => {
  const folder = join(deploy, 'kubernetes');
  const kustomization = parse(read('deploy/kubernetes/kustomization.yaml')) as {
    resources: string[];
    images: { name: string }[];
  };
  const objects = kustomization.resources.flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map(
      (each) => each.toJS() as KubernetesObject,
    ),
  );
  const find = (kind: string, name = 'gemini-room-agent'): KubernetesObject => {
    const found = objects.find((each) => each.kind === kind && each.metadata.name === name);
    if (!found) throw new Error(`there is no ${kind} ${name}`);
    return found;
  };

  const podSchema = z.looseObject({
    terminationGracePeriodSeconds: z.number().default(30),
    enableServiceLinks: z.literal(false),
    automountServiceAccountToken: z.literal(false),
    securityContext: z.looseObject({ runAsNonRoot: z.literal(true), runAsUser: z.literal(1000) }),
    volumes: z.array(z.looseObject({ name: z.string() })).default([]),
    containers: z
      .array(
        z.looseObject({
          image: z.string(),
          env: z.array(
            z.looseObject({
              name: z.string(),
              value: z.string().optional(),
              valueFrom: z
                .object({
                  secretKeyRef: z.object({
                    name: z.string(),
                    key: z.string(),
                    optional: z.boolean().optional(),
                  }),
                })
                .optional(),
            }),
          ),
          envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })),
          securityContext: z.object({
            allowPrivilegeEscalation: z.literal(false),
            readOnlyRootFilesystem: z.literal(true),
            capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
          }),
          volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
        }),
      )
      .length(1),
  });
  const deploymentSchema = z.looseObject({
    spec: z.looseObject({
      selector: z.object({ matchLabels: variables }),
      template: z.object({ metadata: z.looseObject({ labels: variables }), spec: podSchema }),
    }),
  });
  const pods = ['gemini-room-agent', 'gemini-room-agent-web'].map((name) => {
    const { selector, template } = deploymentSchema.parse(find('Deployment', name)).spec;
    const [container] = template.spec.containers;
    if (!container) throw new Error('a pod without a container');
    return {
      name,
      selector: selector.matchLabels,
      labels: template.metadata.labels,
      pod: template.spec,
      container,
    };
  });

  test('every object is what Kubernetes 1.33 to 1.37 take, without a field that they do not know', {
    timeout: DOWNLOAD_MS,
  }, async () => {
    expect(objects.length).toBeGreaterThan(8);
    for (const version of ['1.33', '1.37']) {
      const path = `kubernetes_validate/kubernetes-json-schema/v${version}.0-local-strict/_definitions.json`;
      const text = (await fileOfWheel(KUBERNETES_SCHEMAS, path)).toString();
      const definitions = JSON.parse(text) as Definitions;
      const check = schemaCheck(definitions);
      const faultsOf = (object: KubernetesObject): string[] => check(schemaOf(object, definitions), object);
      for (const object of objects)
        expect(faultsOf(object), `${object.kind} ${object.metadata.name}`).toEqual([]);
      const wrong = { ...find('PodDisruptionBudget'), spec: { maxUnavailabel: 1 } };
      expect(faultsOf(wrong).join()).toContain('maxUnavailabel');
    }
  });

  test('the kustomization has every file, and sets every image', () => {
    const files = readdirSync(folder).filter(
      (file) => !['kustomization.yaml', 'prometheus-adapter.yaml'].includes(file),
    );
    expect([...kustomization.resources].sort()).toEqual(files.sort());
    expect(kustomization.images.map(({ name }) => name).sort()).toEqual(
      pods.map(({ container }) => container.image).sort(),
    );
  });

  test.each(pods)(
    '$name sets only variables that the program reads, with values that it takes',
    ({ container }) => {
      const data = container.envFrom.flatMap(({ configMapRef }) =>
        Object.entries(variables.parse(find('ConfigMap', configMapRef.name).data)),
      );
      const env = container.env.map(({ name, value }) => [name, value ?? VALUES[name] ?? ''] as const);
      const environment = Object.fromEntries([...data, ...env]);
      expect(unknownOf(Object.keys(environment))).toEqual([]);
      expect(() => readEnvironment(environment)).not.toThrow();
    },
  );

  test.each(pods)(
    '$name has its secrets by reference alone, and its volumes',
    ({ container, pod, selector, labels }) => {
      for (const { name, value, valueFrom } of container.env) {
        const isSecret = SECRET.test(name);
        expect({ name, isReferred: valueFrom !== undefined }).toEqual({ name, isReferred: isSecret });
        expect(value === undefined).toBe(isSecret);
      }
      for (const { name } of container.volumeMounts)
        expect(pod.volumes.map((volume) => volume.name)).toContain(name);
      expect(labels).toMatchObject(selector);
    },
  );

  test('a worker is given longer than its drain', () => {
    const [worker] = pods;
    const drainMs = Number(worker?.container.env.find(({ name }) => name === 'AGENT_DRAIN_MS')?.value);
    expect(Number(worker?.pod.terminationGracePeriodSeconds) * 1_000).toBeGreaterThanOrEqual(
      drainMs + HAND_OVER_MS,
    );
  });

  test('budget, network policy and scaling are about the workers', () => {
    const [worker] = pods;
    const selected = z.looseObject({
      spec: z.looseObject({ selector: z.object({ matchLabels: variables }) }),
    });
    expect(selected.parse(find('PodDisruptionBudget')).spec.selector.matchLabels).toEqual(worker?.selector);
    const policy = z.looseObject({
      spec: z.looseObject({ podSelector: z.object({ matchLabels: variables }) }),
    });
    expect(policy.parse(find('NetworkPolicy')).spec.podSelector.matchLabels).toEqual(worker?.selector);
    const { scaleTargetRef } = find('HorizontalPodAutoscaler').spec as { scaleTargetRef: unknown };
    expect(scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'gemini-room-agent' });
  });

  test('the metric that scaling is by is made of the worker’s metrics', () => {
    const { rules } = parse(read('deploy/kubernetes/prometheus-adapter.yaml')) as {
      rules: { custom: { seriesQuery: string; name: { as: string }; metricsQuery: string }[] };
    };
    const [rule] = rules.custom;
    expect(JSON.stringify(find('HorizontalPodAutoscaler').spec)).toContain(`"name":"${rule?.name.as}"`);
    const labels = ['namespace', 'pod'];
    const query =
      rule?.metricsQuery.replaceAll('<<.LabelMatchers>>', 'pod="a"').replaceAll('<<.GroupBy>>', 'pod') ?? '';
    expect(faultsOfPromql(query, labels)).toEqual([]);
    expect(faultsOfPromql(rule?.seriesQuery ?? '', labels)).toEqual([]);
  });

  test('Prometheus finds the workers by their labels, under the name that the alerts have', () => {
    const { scrape_configs: jobs } = parse(read('deploy/prometheus/kubernetes.yml')) as {
      scrape_configs: {
        job_name: string;
        kubernetes_sd_configs: { namespaces: { names: string[] } }[];
        relabel_configs: {
          source_labels: string[];
          regex?: string;
          action?: string;
          target_label?: string;
        }[];
      }[];
    };
    const [job] = jobs;
    expect(job?.job_name).toBe('gemini-room-agent');
    expect(job?.kubernetes_sd_configs[0]?.namespaces.names).toEqual([find('Namespace').metadata.name]);
    const [component] = job?.relabel_configs ?? [];
    expect(component?.source_labels).toEqual(['__meta_kubernetes_pod_label_app_kubernetes_io_component']);
    expect(pods[0]?.labels['app.kubernetes.io/component']).toBe(component?.regex);
    const set = job?.relabel_configs.flatMap(({ target_label: label }) => label ?? []);
    expect(set).toEqual(['namespace', 'pod']);
  });

  test('the profiles that come with it are valid', async () => {
    const { readNamedProfiles } = await import('../../src/index.js');
    const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
    const { tmpdir } = await import('node:os');
    const profiles = await mkdtemp(join(tmpdir(), 'profiles-'));
    try {
      const data = variables.parse(find('ConfigMap', 'gemini-room-agent-profiles').data);
      for (const [name, json] of Object.entries(data)) await writeFile(join(profiles, name), json);
      expect([...(await readNamedProfiles(profiles)).keys()]).toEqual(
        Object.keys(data).map((name) => basename(name, '.json')),
      );
    } finally {
      await rm(profiles, { recursive: true });
    }
  });
});

describe('Dockerfile', () => {
  test('hadolint has nothing against it', { timeout: DOWNLOAD_MS }, async () => {
    const hadolint = await programOfWheel(HADOLINT, 'hadolint');
    const { stdout } = await promisify(execFile)(hadolint, ['--format', 'json', join(deploy, 'Dockerfile')]);
    expect(JSON.parse(stdout)).toEqual([]);
  });

  test('sets only variables that the programs read', () => {
    const names = [...read('deploy/Dockerfile').matchAll(/^ENV (.+)$/gm)].flatMap(([, list = '']) =>
      [...list.matchAll(/(\w+)=/g)].map(([, name = '']) => name),
    );
    expect(names.length).toBeGreaterThan(3);
    expect(unknownOf(names)).toEqual([]);
  });

  test('the image of the page has the packages that its server imports, and no others', () => {
    expect([...importsOf(join(rootFolder, 'web/server/main.ts'))].sort()).toEqual(
      [...webDependencies].sort(),
    );
  });

  test('an image has the versions of the repository, and refuses a name that is none', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { version?: string }>;
    };
    for (const image of ['worker', 'web']) {
      const { manifest, lock } = productionPackage(rootFolder, image);
      for (const [name, version] of Object.entries(manifest.dependencies))
        expect([name, version]).toEqual([name, packages[`node_modules/${name}`]?.version]);
      for (const [path, { version }] of Object.entries(lock.packages))
        if (path !== '') expect([path, version]).toEqual([path, packages[path]?.version]);
      expect(Object.keys(lock.packages).filter((path) => /flite|zxing|forge/.test(path))).toEqual([]);
    }
    expect(() => productionPackage(rootFolder, 'everything')).toThrow(/worker or web/);
  });
});

/** Packages that a source and what it imports load when it starts; types and imports inside functions do not count. */
function importsOf(file: string, seen = new Set<string>(), packages = new Set<string>()): Set<string> {
  if (seen.has(file)) return packages;
  seen.add(file);
  for (const [, clause = '', from = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (type |[^;'"]*?from )?'([^']+)';/gm,
  )) {
    if (clause.startsWith('type ')) continue;
    if (from.startsWith('.')) importsOf(join(dirname(file), from.replace(/\.js$/, '.ts')), seen, packages);
    else if (!from.startsWith('node:'))
      packages.add(
        from
          .split('/')
          .slice(0, from.startsWith('@') ? 2 : 1)
          .join('/'),
      );
  }
  return packages;
}

/** Finds what a schema has against a value, in words; `$ref`s lead to the definitions. */
function schemaCheck(definitions?: object): (schema: object, value: unknown) => string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, logger: false });
  if (definitions) ajv.addSchema(definitions, '/api/_definitions.json');
  return (schema, value) => {
    const validate = ajv.compile(schema);
    validate(value);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

interface Definitions {
  readonly $defs: Readonly<Record<string, { readonly 'x-kubernetes-group-version-kind'?: readonly Kind[] }>>;
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The schema of an object's kind. */
function schemaOf({ apiVersion, kind }: KubernetesObject, { $defs }: Definitions): object {
  const [version, group = ''] = apiVersion.split('/').reverse();
  const [name] =
    Object.entries($defs).find(([, { 'x-kubernetes-group-version-kind': kinds }]) =>
      kinds?.some((each) => each.group === group && each.version === version && each.kind === kind),
    ) ?? [];
  if (name === undefined) throw new Error(`Kubernetes has no ${kind} in ${apiVersion}`);
  return { $ref: `/api/_definitions.json#/$defs/${name}` };
}
