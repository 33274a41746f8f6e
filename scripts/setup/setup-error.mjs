// An error of the set-up: what went wrong and how to fix it, in one line.

export class SetupError extends Error {
  /**
   * @param {string} message what is wrong
   * @param {string} remedy what to do about it, with the command where there is one
   * @param {string} [details] output of the command that failed
   */
  constructor(message, remedy, details = '') {
    super(message);
    this.name = 'SetupError';
    this.remedy = remedy;
    this.details = details;
  }
}

/** What is wrong and what to do about it. @param {unknown} error */
export function lineOf(error) {
  return error instanceof SetupError ? `${error.message}. To fix it: ${error.remedy}` : reasonOf(error);
}

/** @param {unknown} error */
export function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** @param {unknown} error @param {string} code */
export function hasCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
