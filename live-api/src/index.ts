// The local Live API for programs and tests.
export type {
  Answer,
  Answerer,
  AnswererOptions,
  FunctionDeclaration,
  JsonObject,
  OpenAnswerer,
} from './answerer-port.js';
export { modelNames } from './models/table.js';
export type { LiveApiOptions } from './options.js';
export { type LiveApiServer, startLiveApi } from './server.js';
export { measuredPace, type Pace, promptPace } from './session/pace.js';
export type { LiveApiSession, RecordedFrame } from './session/record.js';
