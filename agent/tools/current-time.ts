// A module tool: the current time in any time zone. A model does not know the time and invents one.
import { defineTool, ToolError, z } from '../../src/index.js';

export const tool = defineTool({
  name: 'current_time',
  description:
    'Tells the current date, time and weekday. Use it whenever an answer depends on what time or day it is now.',
  parameters: z.object({
    timeZone: z
      .string()
      .max(64)
      .optional()
      .describe('IANA name of the time zone, such as Europe/Berlin; UTC when it is not known'),
  }),
  run: ({ timeZone = 'UTC' }) => describeTime(new Date(), timeZone),
});

function describeTime(now: Date, timeZone: string) {
  const part = (options: Intl.DateTimeFormatOptions): string => format(now, { timeZone, ...options });
  return {
    timeZone,
    date: part({ year: 'numeric', month: 'long', day: 'numeric' }),
    weekday: part({ weekday: 'long' }),
    time: part({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    utc: now.toISOString(),
  };
}

function format(date: Date, options: Intl.DateTimeFormatOptions): string {
  try {
    return new Intl.DateTimeFormat('en-GB', options).format(date);
  } catch {
    throw new ToolError('invalid_arguments', `there is no time zone ${options.timeZone}: use an IANA name`);
  }
}
