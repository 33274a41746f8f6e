// The built-in tools, which a profile switches on by a field: their names and their declarations for the model.
import type { Profile } from './profile.js';

/** The model ends the call (`leave.endCallTool`). */
export const END_CALL_TOOL = 'end_call';
/** The model presses keys (`phone.sendDtmfTool`). */
export const SEND_DTMF_TOOL = 'send_dtmf';
/** The model transfers a caller (`phone.transfer`). */
export const TRANSFER_CALL_TOOL = 'transfer_call';

/** The model reports a spoken yes or no (`approveBy` of a tool). */
export const CONFIRM_CALL_TOOL = 'confirm_call';

export interface BuiltInDeclaration {
  readonly name: string;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

interface Switches {
  readonly leave: Pick<Profile['leave'], 'endCallTool'>;
  readonly phone: Partial<Pick<Profile['phone'], 'sendDtmfTool' | 'transfer'>>;
  readonly tools?: readonly Pick<Profile['tools'][number], 'approveBy'>[];
}

/** The field that declares each built-in tool of this profile, by the tool's name. */
export function builtInTools({ leave, phone, tools: functions = [] }: Switches): ReadonlyMap<string, string> {
  const tools = new Map<string, string>();
  if (leave.endCallTool) tools.set(END_CALL_TOOL, 'leave.endCallTool');
  if (phone.sendDtmfTool) tools.set(SEND_DTMF_TOOL, 'phone.sendDtmfTool');
  if (transferTargets(phone).length > 0) tools.set(TRANSFER_CALL_TOOL, 'phone.transfer');
  if (functions.some(({ approveBy }) => approveBy === 'voice'))
    tools.set(CONFIRM_CALL_TOOL, 'tools approveBy');
  return tools;
}

/** The names to which a call may be transferred. */
export function transferTargets({ transfer }: Switches['phone']): readonly string[] {
  return Object.keys(transfer ?? {});
}

export function builtInDeclarations(profile: Switches): BuiltInDeclaration[] {
  return [...builtInTools(profile).keys()].map((name) => declarationOf(name, profile));
}

function declarationOf(name: string, { phone }: Switches): BuiltInDeclaration {
  switch (name) {
    case SEND_DTMF_TOOL:
      return {
        name,
        description:
          'Presses keys of the telephone, for menus that ask for them. Press them without announcing them, and wait for what the menu says next.',
        parameters: {
          type: 'OBJECT',
          properties: {
            keys: {
              type: 'STRING',
              description: 'The keys in order: 0 to 9, *, # and A to D; w waits half a second.',
            },
          },
          required: ['keys'],
        },
      };
    case TRANSFER_CALL_TOOL:
      return {
        name,
        description:
          'Transfers the caller on the phone to somebody else and ends your part of the call. First say in one sentence to whom you transfer them, then call it.',
        parameters: {
          type: 'OBJECT',
          properties: { to: { type: 'STRING', description: 'To whom.', enum: [...transferTargets(phone)] } },
          required: ['to'],
        },
      };
    case CONFIRM_CALL_TOOL:
      return {
        name,
        description:
          'Reports what the person has said about a function call that waits for their permission. Use it only after you have asked them and they have answered.',
        parameters: {
          type: 'OBJECT',
          properties: {
            call: { type: 'STRING', description: 'The id of the call that waits.' },
            allowed: { type: 'BOOLEAN', description: 'Whether the person has said yes.' },
          },
          required: ['call', 'allowed'],
        },
      };
    default:
      return {
        name,
        description:
          'Ends the call. Use it when the person says goodbye or asks to hang up, after you have said goodbye yourself.',
      };
  }
}
