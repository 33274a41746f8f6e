// How long the delayed subject holds everything back, each way.
export const DELAY_MS = 100;
