// Session messages as LiveKit's clients read and write them: AgentSessionMessage of @livekit/protocol.
import { AgentSession as pb } from '@livekit/protocol';
import type { AgentState } from '../protocol/topics.js';
import type {
  SessionAnswer,
  SessionCall,
  SessionEvent,
  SessionItem,
  SessionMessage,
  SessionOutput,
  SessionQuestion,
  SessionRequest,
  SessionUsage,
  UserState,
} from './session-messages.js';

type RequestCase = NonNullable<pb.SessionRequest['request']['case']>;

const QUESTIONS: Readonly<Partial<Record<RequestCase, SessionQuestion>>> = {
  ping: 'ping',
  getChatHistory: 'chat-history',
  getAgentInfo: 'agent-info',
  getSessionState: 'session-state',
  getRtcStats: 'rtc-stats',
  getSessionUsage: 'session-usage',
  getFrameworkInfo: 'framework-info',
};

const AGENT_STATES: Readonly<Record<AgentState, pb.AgentState>> = {
  initializing: pb.AgentState.AS_INITIALIZING,
  idle: pb.AgentState.AS_IDLE,
  listening: pb.AgentState.AS_LISTENING,
  thinking: pb.AgentState.AS_THINKING,
  speaking: pb.AgentState.AS_SPEAKING,
};

const USER_STATES: Readonly<Record<UserState, pb.UserState>> = {
  speaking: pb.UserState.US_SPEAKING,
  listening: pb.UserState.US_LISTENING,
  away: pb.UserState.US_AWAY,
};

/** Undefined for messages that are no requests. @throws on bytes that are no message */
export function readSessionRequest(bytes: Uint8Array): SessionRequest | undefined {
  const { message } = pb.AgentSessionMessage.fromBinary(bytes);
  if (message.case !== 'request') return undefined;
  const { requestId: id, request } = message.value;
  if (request.case === 'runInput') return { id, kind: 'run-input', text: request.value.text };
  const kind = request.case && QUESTIONS[request.case];
  return kind ? { id, kind } : { id, kind: 'unknown', name: request.case ?? 'of a later protocol' };
}

export function writeSessionMessage(message: SessionMessage): Uint8Array {
  if ('answer' in message) {
    const { answer, id: requestId } = message;
    const value =
      answer.kind === 'error'
        ? new pb.SessionResponse({ requestId, error: answer.message })
        : new pb.SessionResponse({ requestId, response: responseOf(answer) });
    return new pb.AgentSessionMessage({ message: { case: 'response', value } }).toBinary();
  }
  const value = new pb.AgentSessionEvent({ createdAt: timeOf(message.atMs), event: eventOf(message.event) });
  return new pb.AgentSessionMessage({ message: { case: 'event', value } }).toBinary();
}

function responseOf(answer: Exclude<SessionAnswer, { kind: 'error' }>): pb.SessionResponse['response'] {
  switch (answer.kind) {
    case 'pong':
      return { case: 'pong', value: new pb.SessionResponse_Pong() };
    case 'chat-history': {
      const value = new pb.SessionResponse_GetChatHistoryResponse({ items: answer.items.map(itemOf) });
      return { case: 'getChatHistory', value };
    }
    case 'run-input':
      return {
        case: 'runInput',
        value: new pb.SessionResponse_RunInputResponse({ items: answer.items.map(itemOf) }),
      };
    case 'agent-info': {
      const { agent: id, instructions, tools, items } = answer;
      const value = new pb.SessionResponse_GetAgentInfoResponse({
        id,
        ...(instructions === undefined ? {} : { instructions }),
        tools: [...tools],
        chatCtx: items.map(itemOf),
      });
      return { case: 'getAgentInfo', value };
    }
    case 'session-state': {
      const value = new pb.SessionResponse_GetSessionStateResponse({
        agentState: AGENT_STATES[answer.agentState],
        userState: USER_STATES[answer.userState],
        agentId: answer.agent,
        options: { ...answer.options },
        createdAt: timeOf(answer.startedAtMs),
      });
      return { case: 'getSessionState', value };
    }
    case 'rtc-stats': {
      const { publisher: publisherStats, subscriber: subscriberStats } = answer;
      const json = JSON.stringify({ publisherStats, subscriberStats }, withoutBigInts);
      return { case: 'getRtcStats', value: pb.SessionResponse_GetRTCStatsResponse.fromJsonString(json) };
    }
    case 'session-usage': {
      const value = new pb.SessionResponse_GetSessionUsageResponse({
        usage: usageOf(answer.usage),
        createdAt: timeOf(answer.startedAtMs),
      });
      return { case: 'getSessionUsage', value };
    }
    case 'framework-info': {
      const value = new pb.SessionResponse_GetFrameworkInfoResponse({
        sdk: answer.name,
        sdkVersion: answer.version,
      });
      return { case: 'getFrameworkInfo', value };
    }
  }
}

function eventOf(event: SessionEvent): pb.AgentSessionEvent['event'] {
  switch (event.kind) {
    case 'agent-state': {
      const states = { oldState: AGENT_STATES[event.before], newState: AGENT_STATES[event.now] };
      return { case: 'agentStateChanged', value: new pb.AgentSessionEvent_AgentStateChanged(states) };
    }
    case 'user-state': {
      const states = { oldState: USER_STATES[event.before], newState: USER_STATES[event.now] };
      return { case: 'userStateChanged', value: new pb.AgentSessionEvent_UserStateChanged(states) };
    }
    case 'item': {
      const value = new pb.AgentSessionEvent_ConversationItemAdded({ item: itemOf(event.item) });
      return { case: 'conversationItemAdded', value };
    }
    case 'tools': {
      const value = new pb.AgentSessionEvent_FunctionToolsExecuted({
        functionCalls: event.calls.map(callOf),
        functionCallOutputs: event.outputs.map(outputOf),
      });
      return { case: 'functionToolsExecuted', value };
    }
    case 'usage': {
      const value = new pb.AgentSessionEvent_SessionUsageUpdated({ usage: usageOf(event.usage) });
      return { case: 'sessionUsageUpdated', value };
    }
  }
}

function itemOf(item: SessionItem): pb.ChatContext_ChatItem {
  switch (item.kind) {
    case 'call':
      return new pb.ChatContext_ChatItem({ item: { case: 'functionCall', value: callOf(item) } });
    case 'output':
      return new pb.ChatContext_ChatItem({ item: { case: 'functionCallOutput', value: outputOf(item) } });
    case 'message': {
      const { id, role, text, interrupted, atMs, latencyMs } = item;
      const value = new pb.ChatMessage({
        id,
        role: role === 'user' ? pb.ChatRole.USER : pb.ChatRole.ASSISTANT,
        content: [new pb.ChatMessage_ChatContent({ payload: { case: 'text', value: text } })],
        interrupted,
        createdAt: timeOf(atMs),
        ...(latencyMs === undefined
          ? {}
          : {
              metrics: new pb.MetricsReport({ e2eLatency: latencyMs / 1000, llmNodeTtft: latencyMs / 1000 }),
            }),
      });
      return new pb.ChatContext_ChatItem({ item: { case: 'message', value } });
    }
  }
}

function callOf({ id, name, args, atMs }: SessionCall): pb.FunctionCall {
  return new pb.FunctionCall({
    id: `${id}_call`,
    callId: id,
    name,
    arguments: args,
    createdAt: timeOf(atMs),
  });
}

function outputOf({ id, name, output, failed, atMs }: SessionOutput): pb.FunctionCallOutput {
  return new pb.FunctionCallOutput({
    id: `${id}_output`,
    callId: id,
    name,
    output,
    isError: failed,
    createdAt: timeOf(atMs),
  });
}

function usageOf(usage: SessionUsage): pb.AgentSessionUsage {
  const { inputByModality: input, outputByModality: output } = usage;
  const value = new pb.LLMModelUsage({
    provider: 'google',
    model: usage.model,
    inputTokens: usage.inputTokens,
    inputAudioTokens: input.AUDIO ?? 0,
    inputTextTokens: input.TEXT ?? 0,
    inputImageTokens: (input.IMAGE ?? 0) + (input.VIDEO ?? 0),
    outputTokens: usage.outputTokens,
    outputAudioTokens: output.AUDIO ?? 0,
    outputTextTokens: output.TEXT ?? 0,
    sessionDuration: usage.durationMs / 1000,
  });
  return new pb.AgentSessionUsage({ modelUsage: [new pb.ModelUsage({ usage: { case: 'llm', value } })] });
}

/** A google.protobuf.Timestamp. */
function timeOf(atMs: number): { readonly seconds: bigint; readonly nanos: number } {
  const wholeMs = Math.round(atMs);
  return { seconds: BigInt(Math.floor(wholeMs / 1000)), nanos: (wholeMs % 1000) * 1_000_000 };
}

/** Counters of 64 bits become numbers: JSON has nothing else. */
function withoutBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
