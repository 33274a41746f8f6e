// The supervisor's view of one connection: inputs in, events out, closed exactly once.
import type { PcmChunk } from '../audio/pcm.js';
import type { Profile } from '../profile/profile.js';
import type { Content, Jpeg, ModelEvent, ProfileChange, ToolResult } from './port.js';

/** Everything that can be sent to the model, in the order in which it is to arrive. */
export type Input =
  | { readonly type: 'audio'; readonly chunk: PcmChunk; readonly voiced: boolean }
  | { readonly type: 'stream-end' }
  | { readonly type: 'activity-start' }
  | { readonly type: 'activity-end' }
  | { readonly type: 'image'; readonly image: Jpeg }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'context'; readonly turns: readonly Content[]; readonly turnComplete: boolean }
  | { readonly type: 'tool-results'; readonly results: readonly ToolResult[] }
  | { readonly type: 'reconfigure'; readonly change: ProfileChange };

/** How a connection ended, as the service or the network put it. */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
  /** The status that the upgrade was answered with, where that is why there is no connection. */
  readonly httpStatus?: number;
  /** There was no attempt: the credentials or the configuration here are wrong. */
  readonly own?: boolean;
  /** We closed it ourselves. */
  readonly expected: boolean;
}

export interface WireListener {
  /** The set-up is accepted; before any event, also of those that come in the same instant. */
  onReady(): void;
  onEvent(event: ModelEvent): void;
  /** Once, whatever happened. */
  onClose(info: CloseInfo): void;
}

export interface Wire {
  readonly isOpen: boolean;
  /** Hands an input to the socket; false when it was not taken. */
  send(input: Input): boolean;
  ping(onPong: () => void): void;
  close(): Promise<void>;
  /** Cuts a connection that is known to be dead. */
  terminate(reason: string): void;
}

/**
 * `handle`: the session to take up. `seed`: history follows before any other input.
 * `profile`: in place of the one that the call began with. `deadlineMs`: when it is not worth waiting as long as
 * for a first connection.
 */
export type OpenWire = (
  opening: {
    readonly handle?: string;
    readonly seed: boolean;
    readonly profile?: Profile;
    readonly deadlineMs?: number;
  },
  listener: WireListener,
) => Wire;
