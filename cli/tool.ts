#!/usr/bin/env node
// `npm run tool`: runs one tool of this deployment by hand, and begins a new one.

import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { config } from 'dotenv';
import {
  AgentError,
  type Logger,
  loneTool,
  McpServers,
  moduleNames,
  printable,
  printableJson,
  printableLines,
  readMcpServers,
  ToolError,
} from '../src/index.js';
import { runCommand } from './command.js';
import { CliFailure, EXIT, usageError, wordsOf } from './failure.js';
import { parseWaitMs } from './talk-options.js';

const USAGE = `npm run tool -- NAME ['{"argument": 1}'] [options]

Runs one tool alone, as the model would call it, and prints its answer as JSON.

  NAME              a module of agent/tools, the name of its function, or SERVER__TOOL of an MCP server (AGENT_MCP)
  --data JSON       what the tool gets as the profile's data
  --timeout-ms N    how long an answer may take (15000)
  --declaration     print the declaration that the model gets, and run nothing
  --list            print the modules
  --new NAME        begin a new tool: writes agent/tools/NAME.ts

Ends with 0 when the tool has answered, 1 when it failed, 2 for wrong usage. The log goes to standard error.`;

/** A handler's own lines, and the stack of an error that stays hidden from the model. */
const log: Logger = loggerOf({});

function loggerOf(bound: object): Logger {
  const at = (level: string) => (fields: object, message: string) => {
    const {
      err,
      tool: _tool,
      call: _call,
      mcp: _mcp,
      ...rest
    } = { ...bound, ...fields } as Record<string, unknown>;
    const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
    say(`${level}: ${message}${more}`);
    if (err !== undefined)
      process.stderr.write(
        `${printableLines(err instanceof Error ? (err.stack ?? err.message) : JSON.stringify(err))}\n`,
      );
  };
  return {
    debug: () => {},
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerOf({ ...bound, ...fields }),
  };
}

const TOOLS = new URL('../agent/tools/', import.meta.url);
/** From dist/cli/. */
const ROOT = new URL('../../', import.meta.url);

async function main(signal: AbortSignal): Promise<number> {
  config({ quiet: true });
  const { values, positionals } = parse();
  if (values.help) return print(USAGE);
  if (values.list) return print((await moduleNames(TOOLS)).join('\n'));
  if (values.new !== undefined) return create(values.new);
  const [name, text = '{}', ...more] = positionals;
  if (name === undefined)
    throw usageError(
      `name the tool; there are: ${(await moduleNames(TOOLS)).join(', ')} (--help lists the options)`,
    );
  if (more.length > 0)
    throw usageError(`takes a name and one JSON text, which the shell must not split: '{"argument": 1}'`);
  const args = objectOf(text, 'the arguments');
  const data = objectOf(values.data ?? '{}', '--data');
  const timeoutMs = parseWaitMs(values['timeout-ms'] ?? '15000', '--timeout-ms');
  const path = process.env.AGENT_MCP?.trim();
  const mcp = path ? new McpServers(readMcpServers(path), log) : undefined;
  try {
    const tool = await loneTool({ folder: TOOLS, name, timeoutMs, data, log, ...(mcp ? { mcp } : {}) });
    try {
      if (values.declaration) return printAnswer(tool.declaration);
      for (const warning of tool.undeclared(args)) say(`warning: ${warning}`);
      return printAnswer(await tool.run(args, signal, printAnswer));
    } finally {
      await tool.close();
    }
  } catch (error) {
    if (error instanceof ToolError) throw new CliFailure(`${name}: ${error.code}: ${error.message}`);
    if (error instanceof AgentError)
      throw new CliFailure(error.message, error.code === 'unknown_tool' ? EXIT.usage : EXIT.failed);
    throw error;
  } finally {
    await mcp?.close();
  }
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        'timeout-ms': { type: 'string' },
        declaration: { type: 'boolean' },
        list: { type: 'boolean' },
        new: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw usageError(`${wordsOf(error)} (--help lists the options)`);
  }
}

function objectOf(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usageError(`${what} must be JSON such as '{"argument": 1}': ${wordsOf(error)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw usageError(`${what} must be a JSON object such as '{"argument": 1}'`);
}

/** Copies the template under a new name, into the sources. */
async function create(name: string): Promise<number> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 64)
    throw usageError(`--new takes a name of small letters, digits and -, such as order-status`);
  const template = await readFile(new URL('examples/tools/order-status.ts', ROOT), 'utf8');
  const file = new URL(`agent/tools/${name}.ts`, ROOT);
  const text = template
    .replaceAll('order_status', name.replaceAll('-', '_'))
    .replaceAll('order-status', name);
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(
      code === 'EEXIST'
        ? `agent/tools/${name}.ts exists already`
        : `cannot write agent/tools/${name}.ts: ${code}`,
    );
  }
  return print(`agent/tools/${name}.ts is there. Try it: npm run tool -- ${name} '{"number": "123456"}'`);
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return EXIT.done;
}

function printAnswer(answer: object): number {
  // Line by line: the line ends of the indented JSON are control characters, too.
  const lines = JSON.stringify(answer, undefined, 2).split('\n').map(printableJson);
  return print(lines.join('\n'));
}

function say(line: string): void {
  // Words of MCP servers, and of those whom they ask.
  process.stderr.write(`tool: ${printable(line)}\n`);
}

await runCommand('tool', main);
