"""Asks the agent something in writing: dispatch, captions, and a tool that runs in this program.

    pip install -r requirements.txt
    LIVEKIT_URL=... LIVEKIT_API_KEY=... LIVEKIT_API_SECRET=... python client.py "What is the weather like?"

Beside `npm start` the three variables stand in .cache/livekit.env.
"""

import asyncio
import json
import os
import sys
import uuid

from livekit import api, rtc

AGENT = os.environ.get("AGENT_NAME", "gemini")

PROFILE = {
    "instructions": "Use get_weather before you speak of the weather.",
    "tools": [
        {
            "declaration": {
                "name": "get_weather",
                "description": "The weather of a town",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            },
            "run": {"by": "participant"},
        }
    ],
}


async def main(question: str) -> None:
    room_name = f"python-{uuid.uuid4().hex[:8]}"
    token = (
        api.AccessToken()
        .with_identity("python")
        .with_grants(api.VideoGrants(room_join=True, room=room_name))
        .to_jwt()
    )
    room = rtc.Room()
    answered = asyncio.Event()
    listening = asyncio.Event()
    tasks: set[asyncio.Task] = set()

    async def read_caption(reader: rtc.TextStreamReader, identity: str) -> None:
        text = await reader.read_all()
        # Each stream holds the whole text of its segment so far; the last one is final.
        if (reader.info.attributes or {}).get("lk.transcription_final") == "true":
            print(f"{identity}: {text}", flush=True)
            if identity.startswith("agent"):
                answered.set()

    def on_caption(reader: rtc.TextStreamReader, identity: str) -> None:
        task = asyncio.create_task(read_caption(reader, identity))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    @room.on("participant_attributes_changed")
    def on_attributes(changed: dict, participant: rtc.Participant) -> None:
        if participant.attributes.get("lk.agent.state") == "listening":
            listening.set()

    room.register_text_stream_handler("lk.transcription", on_caption)
    await room.connect(os.environ["LIVEKIT_URL"], token)

    @room.local_participant.register_rpc_method("get_weather")
    async def get_weather(call: rtc.RpcInvocationData) -> str:
        print(f"get_weather({call.payload})", flush=True)
        return json.dumps({"sky": "rain", "city": json.loads(call.payload).get("city")})

    async with api.LiveKitAPI() as livekit:
        await livekit.agent_dispatch.create_dispatch(
            api.CreateAgentDispatchRequest(agent_name=AGENT, room=room_name, metadata=json.dumps(PROFILE))
        )
    await asyncio.wait_for(listening.wait(), 30)
    await room.local_participant.send_text(question, topic="lk.chat")
    await asyncio.wait_for(answered.wait(), 30)
    await room.disconnect()


if __name__ == "__main__":
    asyncio.run(main(" ".join(sys.argv[1:]) or "What is the weather like?"))
