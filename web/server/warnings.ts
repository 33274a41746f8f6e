// What an operator should know of the settings under which the token endpoint starts.
import { isIP } from 'node:net';
import type { WebEnvironment } from '../../src/config/environment.js';

export function warningsOf({
  profiles,
  host,
  origins,
}: Pick<WebEnvironment, 'profiles' | 'host' | 'origins'>): string[] {
  if (profiles !== 'any' || (isOfThisMachine(host) && origins.length === 0)) return [];
  return [
    'WEB_PROFILES=any: anybody who reaches this server can write the metadata of dispatches, and with it tools and control of every call. Set WEB_PROFILES=named where clients are not trusted.',
  ];
}

function isOfThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
