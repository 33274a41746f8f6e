// The part of WebAssembly that the speech program needs, typed: the compiler's own types come only with a browser's.

export interface WasmModule {
  readonly wasmModule: unique symbol;
}

export interface WasmMemory {
  /** Another one after every growth of the memory. */
  readonly buffer: ArrayBuffer;
}

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

type HostCalls = Readonly<Record<string, (...args: never[]) => number>>;

interface WebAssemblyGlobal {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Instance: new (module: WasmModule, imports: Readonly<Record<string, HostCalls>>) => WasmInstance;
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyGlobal };

export function compileWasm(bytes: Uint8Array): Promise<WasmModule> {
  return WebAssembly.compile(bytes);
}

export function instantiateWasm(
  module: WasmModule,
  imports: Readonly<Record<string, HostCalls>>,
): WasmInstance {
  return new WebAssembly.Instance(module, imports);
}
