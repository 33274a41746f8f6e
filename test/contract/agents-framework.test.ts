// What the worker uses of @livekit/agents, and of Node, without a public promise: still there, and still doing this.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AgentServer, InferenceRunner, JobContext } from '@livekit/agents';
import { Room } from '@livekit/rtc-node';
import { expect, test } from 'vitest';
import { JobProcesses } from '../../agent/worker/framework/job-processes.js';
import { disableTurnDetector } from '../../agent/worker/framework/turn-detector.js';

test('a hidden runner keeps the turn detector from being registered and from being started', () => {
  expect(disableTurnDetector()).toBe(true);
  // AgentServer looks whether the name is taken, and starts a process where any name can be listed.
  expect('lk_eot_audio' in InferenceRunner.registeredRunners).toBe(true);
  expect(Object.keys(InferenceRunner.registeredRunners)).not.toContain('lk_eot_audio');
});

test("the framework's Room has the connect() that a job replaces", () => {
  expect(typeof Room.prototype.connect).toBe('function');
});

test('Node reports each process that is started', async () => {
  const processes = new JobProcesses();
  const child = spawn(process.execPath, ['-e', '']);
  expect(processes.count).toBe(1);
  await once(child, 'exit');
  expect(processes.count).toBe(0);
});

test('a registry of another kind leaves the turn detector as it is, and says so', () => {
  const registered = InferenceRunner.registeredRunners;
  try {
    for (const other of [undefined, null, Object.freeze({})]) {
      Object.assign(InferenceRunner, { registeredRunners: other });
      expect(disableTurnDetector()).toBe(false);
    }
  } finally {
    InferenceRunner.registeredRunners = registered;
  }
});

test("a job's context and the server give what the worker asks for by getters that are declared", () => {
  const of = (prototype: object, name: string) => Object.getOwnPropertyDescriptor(prototype, name);
  expect(of(JobContext.prototype, 'info')?.get).toBeTypeOf('function');
  for (const name of ['id', 'activeJobs'])
    expect(of(AgentServer.prototype, name)?.get).toBeTypeOf('function');
});
