// A failed RPC, in either direction, without the SDK's type.
export class RpcFailure extends Error {
  override readonly name = 'RpcFailure';
  /** LiveKit's RPC error codes: 1400 unsupported method, 1401 recipient not found, 1500 application error, … */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
