// Reads single files out of a zip archive in memory: enough for Python wheels, without a package.
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** The end record without its comment, and the longest comment. */
const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;

/**
 * @param {Buffer} archive
 * @param {readonly string[]} names full names inside the archive
 * @returns {Map<string, Buffer>} the contents of those that are there
 * @throws {Error} when this is no zip archive, or packed in a way that is not read here (zip64, encryption)
 */
export function readZip(archive, names) {
  const wanted = new Set(names);
  /** @type {Map<string, Buffer>} */
  const found = new Map();
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    expectSignature(archive, at, DIRECTORY_ENTRY);
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    if (wanted.has(name)) found.set(name, readEntry(archive, at, name));
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return found;
}

/** @param {Buffer} archive @param {number} at @param {string} name */
function readEntry(archive, at, name) {
  const method = archive.readUInt16LE(at + 10);
  const packedBytes = archive.readUInt32LE(at + 20);
  const bytes = archive.readUInt32LE(at + 24);
  const local = archive.readUInt32LE(at + 42);
  expectSignature(archive, local, LOCAL_ENTRY);
  // The local header's extra field may differ from the directory's, so its own lengths count.
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(start, start + packedBytes);
  if (method !== STORED && method !== DEFLATED)
    throw new Error(`${name} is packed by unknown method ${method}`);
  const content =
    method === STORED ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(bytes, 1) });
  if (content.length !== bytes) throw new Error(`${name} has ${content.length} bytes, not ${bytes}`);
  return content;
}

/** @param {Buffer} archive */
function findEnd(archive) {
  const earliest = Math.max(0, archive.length - END_LENGTH - LONGEST_COMMENT);
  for (let at = archive.length - END_LENGTH; at >= earliest; at -= 1) {
    if (archive.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw new Error('this is no zip archive');
}

/** @param {Buffer} archive @param {number} at @param {number} signature */
function expectSignature(archive, at, signature) {
  if (at + 4 > archive.length || archive.readUInt32LE(at) !== signature)
    throw new Error('the zip archive is damaged');
}
