// Converts the result of a function call into a sentence.
import type { JsonObject } from '../answerer-port.js';
import { type Reply, reply } from './reply.js';
import { spokenName } from './words.js';

/** Limit of values that are read out. */
const MAX_VALUES = 8;
const MAX_TEXT_LENGTH = 400;

export function phraseResult(name: string, response: JsonObject): Reply {
  const error = response.error ?? field(response.output, 'error');
  if (error !== undefined && error !== null && error !== false) {
    return reply(`${sentence(spokenName(name))} did not work: ${worded(error)}.`, 'Failed');
  }
  const result = response.output ?? response.result ?? response;
  const words = worded(result);
  if (words === '' || /^(?:(?:ok|success|done|status) )?(?:true|ok|success|done)$/i.test(words)) {
    return reply(`Done: ${spokenName(name)}.`, 'Done');
  }
  const closed = /[.!?]$/.test(words) ? words : `${words}.`;
  return reply(
    typeof result === 'string' ? sentence(closed) : `Here is what I got: ${closed}`,
    firstValue(result).split(/\s+/)[0] as string,
  );
}

function worded(value: unknown): string {
  const parts: string[] = [];
  collect(value, '', parts);
  const shown = parts.slice(0, MAX_VALUES);
  if (parts.length > MAX_VALUES) shown.push(`and ${parts.length - MAX_VALUES} more`);
  const text = shown.join(', ');
  return text.length <= MAX_TEXT_LENGTH
    ? text
    : `${text.slice(0, text.lastIndexOf(' ', MAX_TEXT_LENGTH))} and so on`;
}

function collect(value: unknown, label: string, parts: string[]): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, label, parts);
  } else if (typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) collect(item, spokenName(key), parts);
  } else {
    const words = String(value).trim();
    if (words !== '') parts.push(label === '' ? words : `${label} ${words}`);
  }
}

function firstValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value).trim() || 'Done';
  for (const item of Object.values(value)) {
    if (item !== null && item !== undefined) return firstValue(item);
  }
  return 'Done';
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as JsonObject)[name] : undefined;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
