// Subject: LiveKit's AgentSession with the Google plugin, as their documentation shows them, every option at its default.
import { initializeLogger, voice } from '@livekit/agents';
import { realtime } from '@livekit/agents-plugin-google';
import { Room } from '@livekit/rtc-node';
import { serve } from './serve.js';

serve(async ({ url, token, baseUrl, model, instructions }) => {
  // What a worker's job process does first; it writes to standard output, as ours does.
  initializeLogger({ pretty: false, level: 'info' });
  const room = new Room();
  const session = new voice.AgentSession({
    llm: new realtime.RealtimeModel({ model, apiKey: 'no-key', httpOptions: { baseUrl } }),
  });
  const agent = new voice.Agent({ instructions });
  await Promise.all([
    session.start({ agent, room }),
    room.connect(url, token, { autoSubscribe: true, dynacast: false }),
  ]);
  return async () => {
    await session.close();
    await room.disconnect();
  };
});
