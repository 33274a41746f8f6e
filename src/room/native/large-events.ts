// Cuts payloads of RPCs that are longer than any that is read, before they become text: rtc-node receives up to 4.5 MB.
import { MAX_COMMAND_BYTES, MAX_TOOL_RESPONSE_BYTES } from '../../protocol/commands.js';

/** Of the fields of FfiEvent (rtc-ffi-bindings, proto/ffi.proto and rpc.proto). */
interface Cut {
  /** The field of the payload. */
  readonly payload: number;
  readonly maxBytes: number;
}

/** One byte more than the limit: the parser sees that the payload is too long, and refuses it. */
const CUTS: ReadonlyMap<number, Cut> = new Map([
  // perform_rpc: the answer of a participant's tool.
  [23, { payload: 2, maxBytes: MAX_TOOL_RESPONSE_BYTES + 1 }],
  // rpc_method_invocation: a command.
  [24, { payload: 6, maxBytes: MAX_COMMAND_BYTES + 1 }],
]);
const SMALLEST = Math.min(...[...CUTS.values()].map(({ maxBytes }) => maxBytes));

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/**
 * The event with at most so much of its payload as is read. Returns the same array where nothing is to be cut, and where
 * the event has another form than expected.
 */
export function withoutRest(event: Uint8Array): Uint8Array {
  // Nearly all events, those of each frame of audio among them, end here.
  if (event.length <= SMALLEST) return event;
  const reader = new Fields(event);
  const outer = reader.next();
  const cut = outer && CUTS.get(outer.field);
  if (!outer || !cut || outer.end !== event.length) return event;
  const inner = new Fields(event, outer.start);
  for (let field = inner.next(); field; field = inner.next()) {
    if (field.field !== cut.payload) continue;
    if (field.end - field.start <= cut.maxBytes) return event;
    const message = Buffer.concat([
      event.subarray(outer.start, field.tag),
      head(field.field, cut.maxBytes),
      event.subarray(field.start, field.start + cut.maxBytes),
      event.subarray(field.end),
    ]);
    return Buffer.concat([head(outer.field, message.length), message]);
  }
  return event;
}

interface Field {
  readonly field: number;
  /** Where its tag, its content and the next field begin. */
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** The fields of a protobuf message, without their contents. */
class Fields {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Undefined at the end, and at a field that is neither a number nor has a length. */
  next(): Field | undefined {
    const tag = this.#at;
    if (tag >= this.#bytes.length) return undefined;
    const key = this.#varint();
    const type = key & 7;
    if (type !== VARINT && type !== LENGTH_DELIMITED) return undefined;
    const value = this.#varint();
    const start = this.#at;
    const end = type === LENGTH_DELIMITED ? start + value : start;
    this.#at = end;
    return end > this.#bytes.length ? undefined : { field: key >>> 3, tag, start, end };
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
}

function head(field: number, length: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8 + LENGTH_DELIMITED), ...varint(length)]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}
