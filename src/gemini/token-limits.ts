// Limits of ephemeral tokens, apart from the SDK, so that a command can check its options without loading it.

/** The service accepts lifetimes below 20 hours. */
export const MAX_TOKEN_LIFE_MS = 20 * 3_600_000 - 60_000;
