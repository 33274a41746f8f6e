// The local Live API, for programs and tests.
export type {
  Answer,
  Answerer,
  AnswererOptions,
  BuiltInTools,
  FunctionDeclaration,
  JsonObject,
  OpenAnswerer,
} from './answerer-port.js';
export type { Faults, FaultTarget } from './faults/faults.js';
export type { ConnectionFaultInput, ServerFaultInput } from './faults/schema.js';
export { modelNames } from './models/table.js';
export type { LiveApiOptions } from './options.js';
export { diffRecordings } from './recording/diff.js';
export { type RecordingLine, readRecording } from './recording/file.js';
export { type RecordingProxy, type RecordingProxyOptions, startRecordingProxy } from './recording/proxy.js';
export { scenarioOf } from './recording/replay.js';
export { readScenarioFile } from './scenario/file.js';
export { readScenario, type Scenario, type ScenarioInput } from './scenario/schema.js';
export { type LiveApiServer, startLiveApi } from './server.js';
export { documentedLimits, type Limits } from './session/limits.js';
export { measuredPace, type Pace, promptPace } from './session/pace.js';
export type { LiveApiSession, RecordedFrame } from './session/record.js';
export { openTls, type TlsFiles } from './tls/open.js';
export { type KnownCloseName, knownCloseNames } from './wire/known-closes.js';
