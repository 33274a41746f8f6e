// The control port: faults, scenarios and a list of sessions while the server runs, as JSON over HTTP.
import { z } from 'zod';
import type { Faults, FaultTarget } from '../faults/faults.js';
import { connectionFault, problems, serverFault, serverFaultNames } from '../faults/schema.js';
import type { LiveApiSession } from '../session/record.js';

export interface ControlPort {
  readonly faults: Faults;
  readonly sessions: readonly LiveApiSession[];
  setScenario(scenario: unknown): void;
  clearScenario(): void;
}

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

const target = z.looseObject({ session: z.string().min(1).default('newest') });

/** Answers a request below /control; `body` is parsed JSON. */
export function control(method: string, path: string, body: unknown, port: ControlPort): ControlAnswer {
  switch (`${method} ${path}`) {
    case 'POST /control/faults':
      return postFault(body, port);
    case 'DELETE /control/faults':
      port.faults.clear();
      return ok({});
    case 'PUT /control/scenario':
      return attempt(() => {
        port.setScenario(body);
        return {};
      });
    case 'DELETE /control/scenario':
      port.clearScenario();
      return ok({});
    case 'GET /control/sessions':
      return ok({ sessions: port.sessions.map(summary) });
    default:
      return method === 'GET' ? getSession(path, port) : unknown(method, path);
  }
}

function getSession(path: string, { sessions }: ControlPort): ControlAnswer {
  const id = /^\/control\/sessions\/([^/]+)$/.exec(path)?.[1];
  if (id === undefined) return unknown('GET', path);
  const session = id === 'newest' ? sessions.at(-1) : sessions.find((candidate) => candidate.id === id);
  return session
    ? ok({ ...summary(session), frames: session.frames })
    : failed(404, `there is no session ${id === 'newest' ? 'yet' : id}`);
}

function postFault(body: unknown, { faults }: ControlPort): ControlAnswer {
  const who = target.safeParse(body);
  if (!who.success) return failed(400, problems(who.error));
  const { session, ...rest } = who.data;
  if (serverFaultNames.includes(String(rest.fault))) {
    const fault = serverFault.safeParse(rest);
    if (!fault.success) return failed(400, problems(fault.error));
    return attempt(() => {
      faults.prepare(fault.data);
      return {};
    });
  }
  const fault = connectionFault.safeParse(rest);
  if (!fault.success) return failed(400, problems(fault.error));
  const to: FaultTarget = session === 'all' || session === 'newest' ? session : { id: session };
  return attempt(() => ({ sessions: faults.apply(fault.data, to) }));
}

function attempt(run: () => object): ControlAnswer {
  try {
    return ok(run());
  } catch (error) {
    if (error instanceof RangeError) return failed(404, error.message);
    if (error instanceof TypeError) return failed(400, error.message);
    throw error;
  }
}

const summary = ({ id, state, version, config, close, headers }: LiveApiSession) => ({
  id,
  state,
  version,
  model: config?.model.name,
  userAgent: headers['user-agent'],
  close,
});

const ok = (body: object): ControlAnswer => ({ status: 200, body: { ok: true, ...body } });
const failed = (status: number, message: string): ControlAnswer => ({
  status,
  body: { ok: false, error: message },
});
const unknown = (method: string, path: string) =>
  failed(404, `${method} ${path} is no command of the control port`);
