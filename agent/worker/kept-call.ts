// What a worker keeps of a call, so that another process can continue it: the call's state, its record, and its inputs without an answer.
import {
  boundedRecord,
  type CallFact,
  CallRecord,
  type CallState,
  type CarriedCall,
  type CarriedInputs,
  type CarriedInputsChange,
  NO_INPUTS,
  newestSpeech,
  withChange,
} from '../../src/index.js';

/** As the process that runs the call reports it. */
export type CallChange =
  | { readonly state: Partial<CallState> }
  | { readonly fact: CallFact }
  | { readonly inputs: CarriedInputsChange };

export class KeptCall {
  /** Of the whole call, whichever processes and workers have run it. */
  readonly record: CallRecord;
  #state: Partial<CallState>;
  #inputs: CarriedInputs;

  constructor(carried?: Partial<CarriedCall>) {
    this.record = new CallRecord(carried?.record);
    this.#state = carried?.state ?? {};
    this.#inputs = carried?.inputs ?? NO_INPUTS;
  }

  add(change: CallChange): void {
    if ('fact' in change) this.record.add(change.fact);
    else if ('state' in change) this.#state = { ...this.#state, ...change.state };
    else this.#inputs = withChange(this.#inputs, change.inputs);
  }

  /** What the call goes on with; undefined: it has not come far enough, and is begun anew. */
  get carried(): CarriedCall | undefined {
    const { profile, ledger } = this.#state;
    if (!profile || !ledger) return undefined;
    return { state: this.#state as CallState, record: this.record.state, inputs: this.#inputs };
  }
}

/** For the next holder of the call. */
export function forNextHolder(call: CarriedCall): CarriedCall {
  return { ...call, state: { ...call.state, epoch: call.state.epoch + 1 } };
}

/** The call with less of its oldest turns, and its newest speech alone. */
export function bounded(call: CarriedCall, recordChars: number, speechMs: number): CarriedCall {
  const { record, inputs } = call;
  return {
    ...call,
    record: boundedRecord(record, recordChars),
    inputs: { ...inputs, inputs: newestSpeech(inputs.inputs, speechMs) },
  };
}
