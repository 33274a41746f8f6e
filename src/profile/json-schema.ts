// The profile's schema for editors and other languages: JSON Schema, kept in docs/profile.schema.json.
import { z } from 'zod';
import { profileSchema } from './schema.js';

/** JSON Schema (draft 2020-12) of a profile as it is written: every field optional, defaults named. */
export function profileJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(profileSchema, { io: 'input' });
  return {
    $schema: schema.$schema,
    title: 'Profile of gemini-room-agent',
    description: 'What the agent is in one room. See docs/profile.md.',
    ...schema,
  };
}
