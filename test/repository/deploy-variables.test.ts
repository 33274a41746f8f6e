// Every variable that an operator may set is in the files of deploy/, or named in deploy/README.md as left out.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { rootFolder } from '../../scripts/setup/paths.mjs';
import { readAccesses } from '../../src/config/accesses.js';
import { environmentShape } from '../../src/config/environment-fields.js';
import { readNamedProfiles } from '../../src/index.js';

const deploy = join(rootFolder, 'deploy');
const read = (path: string): string => readFileSync(join(rootFolder, path), 'utf8');

const leftOut = [...read('deploy/README.md').matchAll(/^\| (`[A-Z][^|]*)\|/gm)].flatMap(([, names = '']) =>
  [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
);

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      build: z.unknown().optional(),
      environment: z.record(z.string(), z.string()).default({}),
    }),
  ),
});
const { services } = composeSchema.parse(parse(read('deploy/compose.yaml'), { merge: true }));

const secretKeyRef = z.object({ key: z.string(), optional: z.boolean().default(false) });
const podSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(
          z.object({
            env: z.array(z.object({ name: z.string(), valueFrom: z.object({ secretKeyRef }).optional() })),
          }),
        ),
      }),
    }),
  }),
});
interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}
const objects = readdirSync(join(deploy, 'kubernetes'))
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) => parseAllDocuments(read(`deploy/kubernetes/${file}`)))
  .map((document) => document.toJS() as KubernetesObject);
const dataOf = (name: string): Readonly<Record<string, string>> =>
  objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)?.data ?? {};
const env = objects
  .filter(({ kind }) => kind === 'Deployment')
  .flatMap((object) => podSchema.parse(object).spec.template.spec.containers)
  .flatMap((container) => container.env);

const set: Readonly<Record<string, readonly string[]>> = {
  'compose.yaml': Object.values(services).flatMap(({ build, environment }) =>
    build ? Object.keys(environment) : [],
  ),
  kubernetes: [...Object.keys(dataOf('gemini-room-agent')), ...env.map(({ name }) => name)],
};

test.each(Object.entries(set))('%s has every variable but those that deploy/README.md names', (_, names) => {
  expect(leftOut.length).toBeGreaterThan(3);
  const known = new Set([...names, ...leftOut]);
  expect(Object.keys(environmentShape).filter((name) => !known.has(name))).toEqual([]);
  expect(names.filter((name) => leftOut.includes(name))).toEqual([]);
});

test('.env.example has every variable', () => {
  const names = [...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name);
  expect(Object.keys(environmentShape).filter((name) => !names.includes(name))).toEqual([]);
});

test('deploy/README.md leaves out only variables that there are', () => {
  expect(leftOut.filter((name) => !(name in environmentShape))).toEqual([]);
});

test('no secret is in a ConfigMap', () => {
  const names = Object.keys(dataOf('gemini-room-agent'));
  expect(names.filter((name) => /KEY|SECRET|REDIS_URL|HEADERS/.test(name))).toEqual([]);
});

test('docs/operations.md has every key of the secret, in its command or as optional', () => {
  const text = read('docs/operations.md');
  const references = env.flatMap(({ valueFrom }) => valueFrom ?? []);
  expect(references.length).toBeGreaterThan(5);
  for (const {
    secretKeyRef: { key, optional },
  } of references)
    expect(text).toContain(optional ? `\`${key}\`` : `--from-literal=${key}=`);
});

test('the files that variables may name are valid, and name only variables that are set', async () => {
  const asked: string[] = [];
  const accesses = readAccesses(join(deploy, 'compose/files/accesses.json'), (name) => {
    asked.push(name);
    return 'key';
  });
  expect(accesses).toHaveLength(2);
  for (const names of Object.values(set)) expect(names).toEqual(expect.arrayContaining(asked));
  const { 'accesses.json': inKubernetes = '' } = dataOf('gemini-room-agent-files');
  expect(JSON.parse(inKubernetes)).toEqual(JSON.parse(read('deploy/compose/files/accesses.json')));
  expect([...(await readNamedProfiles(join(deploy, 'compose/files/profiles'))).keys()]).toEqual([
    'receptionist',
  ]);
});
