// The interface of one connection to the service, as the supervisor uses it.
import type { PcmChunk } from '../audio/pcm.js';
import type { Profile } from '../profile/profile.js';
import type { Content, Jpeg, ModelEvent, ProfileChange, ToolResult } from './port.js';

/** An input that is sent to the model. */
export type Input =
  | { readonly type: 'audio'; readonly chunk: PcmChunk; readonly voiced: boolean }
  | { readonly type: 'stream-end' }
  | { readonly type: 'activity-start' }
  | { readonly type: 'activity-end' }
  | { readonly type: 'image'; readonly image: Jpeg }
  | ({ readonly type: 'text'; readonly text: string } & Droppable)
  | ({
      readonly type: 'context';
      readonly turns: readonly Content[];
      readonly turnComplete: boolean;
    } & Droppable)
  | { readonly type: 'tool-results'; readonly results: readonly ToolResult[] }
  | { readonly type: 'reconfigure'; readonly change: ProfileChange };

/** Of texts only the newest are held while there is no connection. */
export interface Droppable {
  /** Called when the input is dropped. */
  readonly onUnsent?: () => void;
}

/** How a connection ended: close code and reason of the service or the network. */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
  /** The HTTP status of a refused upgrade. */
  readonly httpStatus?: number;
  /** No connection was made: the name, the address, a proxy or TLS. */
  readonly unreachable?: boolean;
  /** No attempt was made: local credentials or configuration are wrong. */
  readonly own?: boolean;
  /**
   * The next connection uses another access of the deployment, where this session is unknown. `later`: none can be
   * used now.
   */
  readonly moved?: 'now' | 'later';
  /** We closed it ourselves. */
  readonly expected: boolean;
}

export interface WireListener {
  /** setupComplete has come. Called before any event, including events of the same frame. */
  onReady(): void;
  onEvent(event: ModelEvent): void;
  /** Called exactly once. */
  onClose(info: CloseInfo): void;
}

export interface Wire {
  readonly isOpen: boolean;
  /** Writes an input to the socket; false when it was not written. */
  send(input: Input): boolean;
  ping(onPong: () => void): void;
  close(): Promise<void>;
  /** Ends a dead connection without a close frame. */
  terminate(reason: string): void;
}

/**
 * `handle`: the session to resume. `seed`: history follows before any other input.
 * `profile`: replaces the one that the call began with. `deadlineMs`: replaces the deadline of a first connection.
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
