// Implements the system calls of Flite in memory: arguments in, one written file out.
import { instantiateWasm, type WasmMemory, type WasmModule } from './web-assembly.js';

const OK = 0;
const BAD_DESCRIPTOR = 8;
const STDIN_TO_STDERR = 3;
/** The only folder there is. */
const ROOT_DESCRIPTOR = 3;
const ROOT_NAME = 0x2f;
const FILE_TYPE_DEVICE = 2;
const FILE_TYPE_FOLDER = 3;
const FILE_TYPE_REGULAR = 4;
const ALL_RIGHTS = 0xffff_ffff_ffff_ffffn;
const SEEK_SET = 0;
const SEEK_CURRENT = 1;

/** Thrown out of the program by proc_exit. */
class ProgramExit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`the program ended with code ${code}`);
    this.code = code;
  }
}

export interface ProgramResult {
  readonly exitCode: number;
  /** What was written to the files that the program opened, as one file. A view: copy what is to be kept. */
  readonly file: Uint8Array<ArrayBuffer>;
  readonly messages: string;
}

/** Runs a WASI program once. Every file it opens is the same one, growing in memory. */
export function runProgram(module: WasmModule, args: readonly string[]): ProgramResult {
  const host = new MemoryHost(args);
  const instance = instantiateWasm(module, { wasi_snapshot_preview1: host.calls });
  host.memory = instance.exports.memory as WasmMemory;
  const start = instance.exports._start as () => void;
  let exitCode = 0;
  try {
    start();
  } catch (error) {
    if (!(error instanceof ProgramExit)) throw error;
    exitCode = error.code;
  }
  return { exitCode, file: host.file, messages: host.messages };
}

class MemoryHost {
  memory: WasmMemory | undefined;
  messages = '';
  readonly #args: readonly Buffer[];
  readonly #positions = new Map<number, number>();
  #nextDescriptor = ROOT_DESCRIPTOR + 1;
  #written = new Uint8Array(1 << 18);
  #length = 0;

  constructor(args: readonly string[]) {
    this.#args = args.map((arg) => Buffer.from(`${arg}\0`));
  }

  get file(): Uint8Array<ArrayBuffer> {
    return this.#written.subarray(0, this.#length);
  }

  readonly calls = {
    args_sizes_get: (countAt: number, sizeAt: number) => {
      this.#view().setUint32(countAt, this.#args.length, true);
      this.#view().setUint32(
        sizeAt,
        this.#args.reduce((sum, arg) => sum + arg.length, 0),
        true,
      );
      return OK;
    },
    args_get: (pointersAt: number, bytesAt: number) => {
      for (const arg of this.#args) {
        this.#view().setUint32(pointersAt, bytesAt, true);
        this.#bytes().set(arg, bytesAt);
        pointersAt += 4;
        bytesAt += arg.length;
      }
      return OK;
    },
    /** A constant time, so that equal texts give equal audio. */
    clock_time_get: (_clock: number, _precision: bigint, timeAt: number) => {
      this.#view().setBigUint64(timeAt, 0n, true);
      return OK;
    },
    fd_close: () => OK,
    fd_fdstat_set_flags: () => OK,
    fd_read: (_descriptor: number, _vectorsAt: number, _count: number, readAt: number) => {
      this.#view().setUint32(readAt, 0, true);
      return OK;
    },
    fd_fdstat_get: (descriptor: number, statAt: number) => {
      this.#bytes().fill(0, statAt, statAt + 24);
      this.#bytes()[statAt] =
        descriptor < STDIN_TO_STDERR
          ? FILE_TYPE_DEVICE
          : descriptor === ROOT_DESCRIPTOR
            ? FILE_TYPE_FOLDER
            : FILE_TYPE_REGULAR;
      this.#view().setBigUint64(statAt + 8, ALL_RIGHTS, true);
      this.#view().setBigUint64(statAt + 16, ALL_RIGHTS, true);
      return OK;
    },
    fd_prestat_get: (descriptor: number, statAt: number) => {
      if (descriptor !== ROOT_DESCRIPTOR) return BAD_DESCRIPTOR;
      this.#view().setUint32(statAt, 0, true);
      this.#view().setUint32(statAt + 4, 1, true);
      return OK;
    },
    fd_prestat_dir_name: (_descriptor: number, nameAt: number) => {
      this.#bytes()[nameAt] = ROOT_NAME;
      return OK;
    },
    path_open: (
      _folder: number,
      _lookup: number,
      _path: number,
      _pathLength: number,
      _flags: number,
      _rights: bigint,
      _inherited: bigint,
      _descriptorFlags: number,
      descriptorAt: number,
    ) => {
      const descriptor = this.#nextDescriptor++;
      this.#positions.set(descriptor, 0);
      this.#view().setUint32(descriptorAt, descriptor, true);
      return OK;
    },
    fd_seek: (descriptor: number, offset: bigint, whence: number, positionAt: number) => {
      const position = this.#positions.get(descriptor);
      if (position === undefined) return BAD_DESCRIPTOR;
      const base = whence === SEEK_SET ? 0 : whence === SEEK_CURRENT ? position : this.#length;
      const moved = base + Number(offset);
      this.#positions.set(descriptor, moved);
      this.#view().setBigUint64(positionAt, BigInt(moved), true);
      return OK;
    },
    fd_write: (descriptor: number, vectorsAt: number, count: number, writtenAt: number) => {
      let written = 0;
      for (let index = 0; index < count; index++) {
        const at = this.#view().getUint32(vectorsAt + index * 8, true);
        const length = this.#view().getUint32(vectorsAt + index * 8 + 4, true);
        this.#write(descriptor, this.#bytes().subarray(at, at + length));
        written += length;
      }
      this.#view().setUint32(writtenAt, written, true);
      return OK;
    },
    proc_exit: (code: number) => {
      throw new ProgramExit(code);
    },
  };

  #write(descriptor: number, bytes: Uint8Array): void {
    const position = this.#positions.get(descriptor);
    if (position === undefined) {
      this.messages += Buffer.from(bytes).toString();
      return;
    }
    const end = position + bytes.length;
    if (end > this.#written.length) {
      const larger = new Uint8Array(Math.max(this.#written.length * 2, end));
      larger.set(this.#written);
      this.#written = larger;
    }
    this.#written.set(bytes, position);
    this.#positions.set(descriptor, end);
    this.#length = Math.max(this.#length, end);
  }

  /** The program's memory moves when it grows, so a view is never kept. */
  #view(): DataView {
    return new DataView(this.#buffer());
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.#buffer());
  }

  #buffer(): ArrayBuffer {
    if (!this.memory) throw new Error('the program called the host before it was started');
    return this.memory.buffer;
  }
}
