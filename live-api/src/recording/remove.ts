// What a recording leaves out: always what opens a service or a session, and on request the words.

type Json = Record<string, unknown>;

const HANDLES = new Set(['handle', 'newhandle']);
/** `apiKey`, `x-goog-api-key`, `authorization`, `accessToken` and the like, without regard to case and dashes. */
const SECRET = /(?:apikey|authorization|accesstoken|authtoken|refreshtoken|password|secret|credentials?)$/;
const SECRET_INSIDE = /([?&](?:key|api_key|token|access_token)=)[^&\s"]+|(auth_tokens\/)[\w.-]+/g;

const plain = (name: string) => name.toLowerCase().replace(/[_-]/g, '');

/** A message without keys, and without the handles of sessions: with one of them anybody could go on with it. */
export function withoutSecrets(message: Json): Json {
  return changed(message, (value, names) => {
    const name = plain(names.at(-1) ?? '');
    if (typeof value !== 'string' || value === '') return value;
    if (HANDLES.has(name)) return 'handle';
    // An MCP server's headers.
    if (SECRET.test(name) || names.at(-2) === 'headers') return 'removed';
    return value.replace(SECRET_INSIDE, '$1$2removed');
  });
}

/** Values of the protocol. All other strings are words of somebody, or data. */
const PROTOCOL = new Set(
  `model name id ids role mimetype responsemimetype type format mode required propertyordering behavior scheduling
   language outcome voicename languagecode languagecodes targetlanguagecode responsemodalities modality turncoverage
   activityhandling startofspeechsensitivity endofspeechsensitivity mediaresolution thinkinglevel interactionstatus
   turncompletereason finishreason vadsignaltype voiceactivitytype urlretrievalstatus traffictype servicetier
   audiooffset startoffset endoffset timeleft triggertokens targettokens handle newhandle sessionid
   lastconsumedclientmessageindex`.split(/\s+/),
);
/** All inside of them is data. */
const DATA = new Set(['args', 'response']);

/** A message without its words: letters and digits become x and 0, sound and pictures become silence. */
export function withoutWords(message: Json): Json {
  return changed(message, (value, names) => {
    const data = names.slice(0, -1).some((name) => DATA.has(name));
    if (typeof value === 'number' && data) return 0;
    if (typeof value !== 'string') return value;
    const name = plain(names.at(-1) ?? '');
    if (name === 'data' && !data) return 'A'.repeat(value.length - (value.length % 4));
    if (PROTOCOL.has(name) && !data) return value;
    return value.replace(/\p{L}/gu, 'x').replace(/\p{N}/gu, '0');
  });
}

/** Every value that is no object anew; items of a list go under the list's name. */
function changed(message: Json, change: (value: unknown, names: readonly string[]) => unknown): Json {
  const visit = (value: unknown, names: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => visit(item, names));
    if (typeof value !== 'object' || value === null) return change(value, names);
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, visit(field, [...names, name])]),
    );
  };
  return visit(message, []) as Json;
}
