// Talks to the agent: the token endpoint, livekit-client, and nothing else.
import { Room, RoomEvent } from 'livekit-client';

const ENDPOINT = new URLSearchParams(location.search).get('endpoint') ?? 'http://127.0.0.1:8080/api/token';
const AGENT = new URLSearchParams(location.search).get('agent') ?? 'gemini';
const [status, captions] = ['status', 'captions'].map((id) => document.getElementById(id));

document.getElementById('talk').addEventListener('click', async () => {
  const answer = await fetch(ENDPOINT, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ room_config: { agents: [{ agent_name: AGENT }] } }),
  });
  const { error, server_url: url, participant_token: token } = await answer.json();
  if (error) return status.replaceChildren(error);
  // What is said while the agent is on its way is kept, and heard first.
  const room = new Room({ publishDefaults: { preConnectBuffer: true } });
  room.on(RoomEvent.TrackSubscribed, (track) => document.body.append(track.attach()));
  room.on(RoomEvent.ParticipantAttributesChanged, (changed) => {
    if (changed['lk.agent.state']) status.replaceChildren(changed['lk.agent.state']);
  });
  room.registerTextStreamHandler('lk.transcription', async (reader, { identity }) => {
    const id = reader.info.attributes['lk.segment_id'];
    // Each stream holds the whole text of its segment so far.
    const line = document.getElementById(id) ?? Object.assign(document.createElement('li'), { id });
    captions.append(...(line.isConnected ? [] : [line]));
    line.textContent = `${identity}: ${await reader.readAll()}`;
  });
  await Promise.all([room.localParticipant.setMicrophoneEnabled(true), room.connect(url, token)]);
});
