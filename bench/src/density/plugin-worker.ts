// The worker to compare with: @livekit/agents with AgentSession and the Google plugin, as their documentation shows them.
import { fileURLToPath } from 'node:url';
import { cli, defineAgent, type JobContext, ServerOptions, voice } from '@livekit/agents';
import { realtime } from '@livekit/agents-plugin-google';

export default defineAgent({
  entry: async (ctx: JobContext) => {
    const { baseUrl, model, instructions } = JSON.parse(ctx.job.metadata) as Record<string, string>;
    const session = new voice.AgentSession({
      llm: new realtime.RealtimeModel({
        model: String(model),
        apiKey: 'no-key',
        httpOptions: { baseUrl: String(baseUrl) },
      }),
    });
    await session.start({ agent: new voice.Agent({ instructions: String(instructions) }), room: ctx.room });
    await ctx.connect();
  },
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  cli.runApp(
    new ServerOptions({
      agent: fileURLToPath(import.meta.url),
      agentName: 'bench-plugin',
      // Where its CPU passes 0.7 the server offers it no job, and the dispatch is lost: here all are to be measured.
      loadFunc: async () => 0,
      host: '127.0.0.1',
      port: Number(process.argv[3]),
    }),
  );
}
