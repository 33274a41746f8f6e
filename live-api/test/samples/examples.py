# The examples of the Live API's documentation pages, written anew after what they do. Each prints what it got as a
# line of JSON: {"example": name, ...}. Run by python.test.ts, with the address and the clip as arguments.
import asyncio
import json
import sys
import traceback

from google import genai
from google.genai import types

BASE_URL, CLIP, IMAGE = sys.argv[1:4]
NATIVE = "gemini-2.5-flash-native-audio-preview-12-2025"
HALF_CASCADE = "gemini-live-2.5-flash-preview"
CURRENT = "gemini-3.8-live"


def client_of(api_key="any", version="v1beta"):
    return genai.Client(api_key=api_key, http_options={"base_url": BASE_URL, "api_version": version})


client = client_of()
WEATHER = {
    "name": "get_weather",
    "description": "Get the weather of a city",
    "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
}


def text_turn(text):
    return {"role": "user", "parts": [{"text": text}]}


async def turn(session):
    """Everything of one turn."""
    got = {"text": "", "audio": 0, "input": "", "output": "", "messages": []}
    async for message in session.receive():
        got["messages"].append(message)
        if message.text:
            got["text"] += message.text
        if message.data:
            got["audio"] += len(message.data)
        content = message.server_content
        if content and content.input_transcription:
            got["input"] += content.input_transcription.text or ""
        if content and content.output_transcription:
            got["output"] += content.output_transcription.text or ""
    return got


async def text_to_text():
    config = {"response_modalities": ["TEXT"]}
    async with client.aio.live.connect(model=HALF_CASCADE, config=config) as session:
        await session.send_client_content(turns=text_turn("Hello, how are you?"), turn_complete=True)
        return {"text": (await turn(session))["text"]}


async def text_to_audio():
    config = {"response_modalities": ["AUDIO"]}
    async with client.aio.live.connect(model=NATIVE, config=config) as session:
        await session.send_client_content(turns=text_turn("Hello? Gemini, are you there?"), turn_complete=True)
        return {"seconds": (await turn(session))["audio"] / 48000}


async def audio_blob():
    """One blob of speech with little silence at its end, and nothing after it."""
    config = {"response_modalities": ["TEXT"], "input_audio_transcription": {}}
    async with client.aio.live.connect(model=HALF_CASCADE, config=config) as session:
        with open(CLIP, "rb") as file:
            await session.send_realtime_input(
                audio=types.Blob(data=file.read(), mime_type="audio/pcm;rate=16000")
            )
        got = await turn(session)
        return {"text": got["text"], "heard": got["input"]}


async def audio_stream_end():
    config = {"response_modalities": ["AUDIO"], "input_audio_transcription": {}, "output_audio_transcription": {}}
    async with client.aio.live.connect(model=NATIVE, config=config) as session:
        with open(CLIP, "rb") as file:
            while chunk := file.read(3200):
                await session.send_realtime_input(audio=types.Blob(data=chunk, mime_type="audio/pcm;rate=16000"))
        await session.send_realtime_input(audio_stream_end=True)
        got = await turn(session)
        return {"heard": got["input"], "said": got["output"], "seconds": got["audio"] / 48000}


async def manual_activity():
    config = {
        "response_modalities": ["TEXT"],
        "input_audio_transcription": {},
        "realtime_input_config": {"automatic_activity_detection": {"disabled": True}},
    }
    async with client.aio.live.connect(model=HALF_CASCADE, config=config) as session:
        await session.send_realtime_input(activity_start=types.ActivityStart())
        with open(CLIP, "rb") as file:
            await session.send_realtime_input(
                audio=types.Blob(data=file.read(), mime_type="audio/pcm;rate=16000")
            )
        await session.send_realtime_input(activity_end=types.ActivityEnd())
        got = await turn(session)
        return {"text": got["text"], "heard": got["input"]}


async def incremental_content():
    async with client.aio.live.connect(model=HALF_CASCADE, config={"response_modalities": ["TEXT"]}) as session:
        turns = [
            text_turn("My favorite color is green."),
            {"role": "model", "parts": [{"text": "I will remember that."}]},
        ]
        await session.send_client_content(turns=turns, turn_complete=False)
        await session.send_client_content(turns=text_turn("What is my favorite color?"), turn_complete=True)
        return {"text": (await turn(session))["text"]}


async def voice_and_transcript():
    config = {
        "response_modalities": ["AUDIO"],
        "speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}}},
        "output_audio_transcription": {},
        "media_resolution": "MEDIA_RESOLUTION_LOW",
    }
    async with client.aio.live.connect(model=NATIVE, config=config) as session:
        await session.send_client_content(turns=text_turn("What is 2 plus 3?"), turn_complete=True)
        got = await turn(session)
        return {"said": got["output"], "seconds": got["audio"] / 48000}


async def token_count():
    async with client.aio.live.connect(model=NATIVE, config={"response_modalities": ["AUDIO"]}) as session:
        await session.send_client_content(turns=text_turn("Hello"), turn_complete=True)
        total, details = 0, {}
        for message in (await turn(session))["messages"]:
            if message.usage_metadata:
                usage = message.usage_metadata
                total = usage.total_token_count
                for detail in usage.response_tokens_details:
                    details[detail.modality.name] = detail.token_count
        return {"total": total, "details": details}


async def answer_calls(session, calls, response=None):
    await session.send_tool_response(
        function_responses=[
            types.FunctionResponse(id=call.id, name=call.name, response=response or {"result": "ok"})
            for call in calls
        ]
    )


async def function_calling():
    """Two turns' worth of messages in one receive loop: the call, and the answer to its response."""
    config = {"response_modalities": ["TEXT"], "tools": [{"function_declarations": [WEATHER]}]}
    async with client.aio.live.connect(model=HALF_CASCADE, config=config) as session:
        await session.send_client_content(turns=text_turn("What is the weather in Rome?"), turn_complete=True)
        text, calls, details = "", [], None
        async for message in session.receive():
            text += message.text or ""
            if message.tool_call:
                calls += message.tool_call.function_calls
                await answer_calls(session, message.tool_call.function_calls, {"sky": "sunny"})
            if message.usage_metadata:
                details = len(message.usage_metadata.response_tokens_details)
        return {"text": text, "name": calls[0].name, "args": calls[0].args, "details": details}


async def asynchronous_function():
    declaration = {**WEATHER, "behavior": "NON_BLOCKING"}
    config = {
        "response_modalities": ["AUDIO"],
        "output_audio_transcription": {},
        "tools": [{"function_declarations": [declaration]}],
    }
    async with client.aio.live.connect(model=NATIVE, config=config) as session:
        await session.send_client_content(turns=text_turn("What is the weather in Rome?"), turn_complete=True)
        said = ""
        async for message in session.receive():
            if message.tool_call:
                await session.send_tool_response(
                    function_responses=[
                        types.FunctionResponse(
                            id=call.id,
                            name=call.name,
                            response={"sky": "sunny"},
                            scheduling="INTERRUPT",
                        )
                        for call in message.tool_call.function_calls
                    ]
                )
            content = message.server_content
            if content and content.output_transcription:
                said += content.output_transcription.text or ""
        return {"said": said}


async def code_execution():
    config = {"response_modalities": ["TEXT"], "tools": [{"code_execution": {}}]}
    async with client.aio.live.connect(model=HALF_CASCADE, config=config) as session:
        await session.send_client_content(turns=text_turn("What is 12 times 12?"), turn_complete=True)
        got = {"code": "", "output": "", "text": ""}
        async for message in session.receive():
            content = message.server_content
            for part in (content.model_turn.parts if content and content.model_turn else []):
                if part.executable_code:
                    got["code"] += part.executable_code.code
                if part.code_execution_result:
                    got["output"] += part.code_execution_result.output
                if part.text:
                    got["text"] += part.text
        return got


async def google_search():
    config = {"response_modalities": ["AUDIO"], "output_audio_transcription": {}, "tools": [{"google_search": {}}]}
    async with client.aio.live.connect(model=CURRENT, config=config) as session:
        await session.send_client_content(
            turns=text_turn("When did the last Brazil versus Argentina soccer match happen?"), turn_complete=True
        )
        got = await turn(session)
        queries, chunks = [], 0
        for message in got["messages"]:
            content = message.server_content
            if content and content.grounding_metadata:
                queries += content.grounding_metadata.web_search_queries or []
                chunks += len(content.grounding_metadata.grounding_chunks or [])
        return {"said": got["output"], "queries": queries, "chunks": chunks}


async def resumption():
    """A session of one turn gets a handle, and the next one remembers."""
    handle = None
    config = {"response_modalities": ["TEXT"], "session_resumption": {}}
    async with client.aio.live.connect(model=HALF_CASCADE, config=config) as session:
        await session.send_client_content(turns=text_turn("My name is Ana."), turn_complete=True)
        async for message in session.receive():
            update = message.session_resumption_update
            if update and update.resumable and update.new_handle:
                handle = update.new_handle
    await asyncio.sleep(1.5)  # the service refuses a handle for a second after an idle close
    config = {"response_modalities": ["TEXT"], "session_resumption": {"handle": handle}}
    async with client.aio.live.connect(model=HALF_CASCADE, config=config) as session:
        await session.send_client_content(turns=text_turn("What is my name?"), turn_complete=True)
        return {"handle": bool(handle), "text": (await turn(session))["text"]}


async def compression_and_generation_complete():
    config = {
        "response_modalities": ["AUDIO"],
        "context_window_compression": {"sliding_window": {}},
    }
    async with client.aio.live.connect(model=NATIVE, config=config) as session:
        await session.send_client_content(turns=text_turn("Hello"), turn_complete=True)
        ends = []
        for message in (await turn(session))["messages"]:
            content = message.server_content
            if content and content.generation_complete:
                ends.append("generation_complete")
            if content and content.turn_complete:
                ends.append("turn_complete")
        return {"ends": ends}


async def interruption():
    config = {"response_modalities": ["AUDIO"]}
    async with client.aio.live.connect(model=NATIVE, config=config) as session:
        await session.send_client_content(turns=text_turn("Tell me a long story."), turn_complete=True)
        interrupted = False
        async for message in session.receive():
            content = message.server_content
            if content and content.model_turn and not interrupted:
                await session.send_realtime_input(text="Stop.")
            if content and content.interrupted:
                interrupted = True
        return {"interrupted": interrupted}


async def thinking():
    config = types.LiveConnectConfig(
        response_modalities=["AUDIO"],
        thinking_config=types.ThinkingConfig(thinking_budget=1024, include_thoughts=True),
    )
    async with client.aio.live.connect(model=NATIVE, config=config) as session:
        await session.send_client_content(turns=text_turn("What is 2 plus 3?"), turn_complete=True)
        thoughts = 0
        for message in (await turn(session))["messages"]:
            content = message.server_content
            for part in (content.model_turn.parts if content and content.model_turn else []):
                thoughts += bool(part.thought)
        return {"thoughts": thoughts}


async def affective_and_proactive():
    alpha = client_of(version="v1alpha")
    config = types.LiveConnectConfig(
        response_modalities=["AUDIO"],
        enable_affective_dialog=True,
        proactivity={"proactive_audio": True},
    )
    async with alpha.aio.live.connect(model=NATIVE, config=config) as session:
        await session.send_client_content(turns=text_turn("Hello"), turn_complete=True)
        return {"seconds": (await turn(session))["audio"] / 48000}


async def realtime_text_and_video():
    config = {"response_modalities": ["AUDIO"], "output_audio_transcription": {}}
    async with client.aio.live.connect(model=CURRENT, config=config) as session:
        with open(IMAGE, "rb") as file:
            await session.send_realtime_input(video=types.Blob(data=file.read(), mime_type="image/jpeg"))
        await session.send_realtime_input(text="What do you see?")
        return {"said": (await turn(session))["output"]}


async def ephemeral_token():
    alpha = client_of(version="v1alpha")
    token = alpha.auth_tokens.create(
        config={
            "uses": 1,
            "live_connect_constraints": {"model": CURRENT, "config": {"response_modalities": ["AUDIO"]}},
            "http_options": {"api_version": "v1alpha"},
        }
    )
    limited = client_of(api_key=token.name, version="v1alpha")
    async with limited.aio.live.connect(model=CURRENT, config={"response_modalities": ["AUDIO"]}) as session:
        await session.send_realtime_input(text="Hello")
        return {"token": token.name[:12], "seconds": (await turn(session))["audio"] / 48000}


async def latest_alias():
    model = "gemini-2.5-flash-native-audio-latest"
    async with client.aio.live.connect(model=model, config={"response_modalities": ["AUDIO"]}) as session:
        await session.send_client_content(turns=text_turn("Hello"), turn_complete=True)
        return {"seconds": (await turn(session))["audio"] / 48000}


async def run(example):
    try:
        result = await asyncio.wait_for(example(), 40)
    except BaseException:
        result = {"error": traceback.format_exc(limit=-3)}
    print(json.dumps({"example": example.__name__, **result}), flush=True)


async def main():
    for example in [
        text_to_text,
        text_to_audio,
        audio_blob,
        audio_stream_end,
        manual_activity,
        incremental_content,
        voice_and_transcript,
        token_count,
        function_calling,
        asynchronous_function,
        code_execution,
        google_search,
        resumption,
        compression_and_generation_complete,
        interruption,
        thinking,
        affective_and_proactive,
        realtime_text_and_video,
        ephemeral_token,
        latest_alias,
    ]:
        await run(example)


asyncio.run(main())
