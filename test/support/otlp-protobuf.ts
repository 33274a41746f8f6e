// Reads OTLP's protobuf form of spans into its JSON form, by the numbers of opentelemetry-proto's trace.proto.
import type { OtlpAttribute, OtlpBody } from './otlp-receiver.js';

type Field = readonly [number: number, value: bigint | Uint8Array];

/** The fields of one message: varints and fixed numbers as bigints, all else as bytes. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const [number, wire] = [key >> 3, key & 7];
    if (wire === 0) yield [number, varint()];
    else if (wire === 1) {
      yield [number, view.getBigUint64(at, true)];
      at += 8;
    } else if (wire === 2) {
      const length = Number(varint());
      yield [number, bytes.subarray(at, at + length)];
      at += length;
    } else if (wire === 5) {
      yield [number, BigInt(view.getUint32(at, true))];
      at += 4;
    } else throw new Error(`wire type ${wire} at ${at}`);
  }
}

function all(bytes: Uint8Array, number: number): Uint8Array[] {
  return [...fieldsOf(bytes)].flatMap(([found, value]) =>
    found === number && value instanceof Uint8Array ? [value] : [],
  );
}

function one(bytes: Uint8Array, number: number): bigint | Uint8Array | undefined {
  return [...fieldsOf(bytes)].findLast(([found]) => found === number)?.[1];
}

const bytesOf = (value: bigint | Uint8Array | undefined): Uint8Array =>
  value instanceof Uint8Array ? value : new Uint8Array();
const textOf = (value: bigint | Uint8Array | undefined): string => Buffer.from(bytesOf(value)).toString();
const hexOf = (value: bigint | Uint8Array | undefined): string => Buffer.from(bytesOf(value)).toString('hex');
const numberOf = (value: bigint | Uint8Array | undefined): bigint => (typeof value === 'bigint' ? value : 0n);

function attribute(bytes: Uint8Array): OtlpAttribute {
  const [[kind, value] = [0, 0n]] = [...fieldsOf(bytesOf(one(bytes, 2)))];
  const key = textOf(one(bytes, 1));
  if (kind === 2) return { key, value: { boolValue: value !== 0n } };
  if (kind === 3) return { key, value: { intValue: String(BigInt.asIntN(64, numberOf(value))) } };
  if (kind === 4) {
    const double = new DataView(new ArrayBuffer(8));
    double.setBigUint64(0, numberOf(value));
    return { key, value: { doubleValue: double.getFloat64(0) } };
  }
  return { key, value: { stringValue: textOf(value) } };
}

export function readOtlpProtobuf(body: Uint8Array): OtlpBody {
  return {
    resourceSpans: all(body, 1).map((resourceSpans) => ({
      resource: { attributes: all(bytesOf(one(resourceSpans, 1)), 1).map(attribute) },
      scopeSpans: all(resourceSpans, 2).map((scopeSpans) => ({
        spans: all(scopeSpans, 2).map((span) => ({
          traceId: hexOf(one(span, 1)),
          spanId: hexOf(one(span, 2)),
          parentSpanId: hexOf(one(span, 4)),
          name: textOf(one(span, 5)),
          startTimeUnixNano: String(numberOf(one(span, 7))),
          endTimeUnixNano: String(numberOf(one(span, 8))),
          attributes: all(span, 9).map(attribute),
          status: { code: Number(numberOf(one(bytesOf(one(span, 15)), 3))) },
        })),
      })),
    })),
  };
}
