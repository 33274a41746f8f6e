// The declaration of `end_call`, the built-in tool with which the model ends the call (`leave.endCallTool`).
export const END_CALL_TOOL = 'end_call';

export const END_CALL_DECLARATION = {
  name: END_CALL_TOOL,
  description:
    'Ends the call. Use it when the person says goodbye or asks to hang up, after you have said goodbye yourself.',
} as const;
