// The zip reader: stored and deflated files, and archives that are damaged.
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readZip } from '../../live-api/setup/zip.mjs';

interface Entry {
  readonly name: string;
  readonly content: Buffer;
  readonly method: number;
}

function makeZip(entries: readonly Entry[], comment = ''): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, method } of entries) {
    const packed = method === 8 ? deflateRawSync(content) : content;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    // An extra field that the directory does not have, as archivers write it.
    local.writeUInt16LE(4, 28);
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x02014b50, 0);
    head.writeUInt16LE(method, 10);
    head.writeUInt32LE(packed.length, 20);
    head.writeUInt32LE(content.length, 24);
    head.writeUInt16LE(name.length, 28);
    head.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), Buffer.alloc(4), packed);
    directory.push(head, Buffer.from(name));
    offset += 30 + name.length + 4 + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, ...directory, end, Buffer.from(comment)]);
}

const model = { name: 'a/model.bin', content: Buffer.from('weights '.repeat(100)), method: 8 };
const license = { name: 'LICENSE', content: Buffer.from('MIT'), method: 0 };

test('finds the files that are asked for, deflated or stored, behind a comment', () => {
  const archive = makeZip([license, model], 'a comment');
  const found = readZip(archive, ['a/model.bin', 'LICENSE', 'missing']);
  expect([...found.keys()].sort()).toEqual(['LICENSE', 'a/model.bin']);
  expect(found.get('a/model.bin')).toEqual(model.content);
  expect(found.get('LICENSE')?.toString()).toBe('MIT');
});

test('refuses what is no archive, one that is cut off, and an unknown method', () => {
  const archive = makeZip([license, model]);
  expect(() => readZip(Buffer.from('nothing of the kind, at any rate'), [])).toThrow(
    'this is no zip archive',
  );
  expect(() => readZip(archive.subarray(100), ['LICENSE'])).toThrow();
  expect(() => readZip(makeZip([{ ...model, method: 12 }]), ['a/model.bin'])).toThrow('unknown method 12');
});

test('refuses a file that unpacks to more than it says', () => {
  const archive = makeZip([model]);
  const directory = archive.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
  archive.writeUInt32LE(10, directory + 24);
  expect(() => readZip(archive, ['a/model.bin'])).toThrow();
});
