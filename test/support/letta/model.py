"""A scripted, OpenAI-compatible model: what the user's text says decides what it answers, so tests may run side by side.

    CALL:<tool> {json}   one tool call with these arguments (all of the text after the name)
    CALL2:<tool>         two parallel calls of it, {"query": "a"} and {"query": "b"}; <tool>,<other> calls both
    SAY                  with CALL or CALL2: some text before the call
    EMPTY                success with empty text
    WORDS:<n>            n numbered words
    THINK                reasoning (`reasoning_content`) before the answer
    PACE:<seconds>       this pause before every word (or before the whole answer when not streaming)
    FAIL:<status>        an HTTP error of that status
    CUT                  the stream ends after its first word, without a finish reason
    BREAK                the connection breaks after its first word
    LENGTH               the answer ends with finish_reason "length"

Anything else is answered with `Echo: <the first 2,000 characters>`; a tool's result likewise.

    GET    /log?last=5   what the model was asked (system prompt, messages, tool names, keys), oldest first
    DELETE /log
    POST   /mode         {"fail": status or null, "once": bool, "pace": seconds or null, "hang": words or null}: for every
                         request, whatever its text. `hang` stops every stream after so many words, until it is null again
    GET    /held         what was asked in the streams that `hang` stops now: their runs cannot end before it is null again

Environment: MODEL_PORT (default 9999). Listens on 127.0.0.1.
"""

import asyncio
import json
import os
import re
import time
from collections import deque
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

MODELS = ["fake-model", "gpt-4o-mini"]
CONTEXT_WINDOW = 32_000
USAGE = {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107}

app = FastAPI()
log: deque[dict] = deque(maxlen=500)
mode: dict = {"fail": None, "once": False, "pace": None, "hang": None}
held: dict[object, str] = {}


@dataclass
class Plan:
    text: str = ""
    thought: str = ""
    calls: list[tuple[str, dict]] = field(default_factory=list)
    fail: int | None = None
    pace: float = 0.0
    cut: bool = False
    breaks: bool = False
    finish: str = "stop"


def text_of(message: dict) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return " ".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content or ""


def plan(messages: list[dict]) -> Plan:
    last = messages[-1]
    text = text_of(last)
    if last["role"] != "user":
        return Plan(text="Echo: " + text[:2000])
    result = Plan(cut="CUT" in text, breaks="BREAK" in text, finish="length" if "LENGTH" in text else "stop")
    if found := re.search(r"PACE:([\d.]+)", text):
        result.pace = float(found[1])
    if found := re.search(r"FAIL:(\d{3})", text):
        result.fail = int(found[1])
    if "THINK" in text:
        result.thought = "Let me think about that."
    if found := re.search(r"CALL2:(\S+)", text):
        tools = found[1].split(",")
        result.calls = [(tools[0], {"query": "a"}), (tools[-1], {"query": "b"})]
    elif found := re.search(r"CALL:(\S+)\s*(.*)", text, re.DOTALL):
        try:
            arguments = json.loads(found[2]) if found[2].strip() else {}
        except json.JSONDecodeError:
            arguments = {}
        result.calls = [(found[1], arguments)]
    if result.calls:
        result.text = "Calling now." if "SAY" in text else ""
        result.finish = "tool_calls"
    elif "EMPTY" in text:
        result.text = ""
    elif found := re.search(r"WORDS:(\d+)", text):
        result.text = " ".join(f"w{n}" for n in range(1, int(found[1]) + 1))
    else:
        result.text = "Echo: " + text[:2000]
    return result


def tool_calls(calls: list[tuple[str, dict]]) -> list[dict]:
    stamp = time.time_ns()
    return [
        {"id": f"call_{stamp}_{index}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for index, (name, arguments) in enumerate(calls)
    ]


async def hold(said: int, asked: str):
    """Returns at once, or when nothing hangs any more; a client that leaves ends it as well."""
    stream = object()
    try:
        while mode["hang"] is not None and said >= mode["hang"]:
            held[stream] = asked
            await asyncio.sleep(0.05)
    finally:
        held.pop(stream, None)


async def chunks(model: str, answer: Plan, asked: str):
    def frame(delta: dict | None, finish: str | None = None) -> str:
        body = {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": int(time.time()), "model": model}
        body["choices"] = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        if delta is None:
            body["usage"] = USAGE
        return f"data: {json.dumps(body)}\n\n"

    yield frame({"role": "assistant", "content": ""})
    for kind, text in (("reasoning_content", answer.thought), ("content", answer.text)):
        for said, word in enumerate(re.findall(r"\S+\s*", text)):
            await asyncio.sleep(answer.pace)
            await hold(said, asked)
            yield frame({kind: word})
            if answer.breaks:
                raise ConnectionResetError("scripted")
            if answer.cut:
                return
    for index, call in enumerate(tool_calls(answer.calls)):
        arguments = call["function"]["arguments"]
        yield frame({"tool_calls": [{**call, "index": index, "function": {"name": call["function"]["name"], "arguments": ""}}]})
        for at in range(0, len(arguments), 6):
            await asyncio.sleep(answer.pace)
            yield frame({"tool_calls": [{"index": index, "function": {"arguments": arguments[at : at + 6]}}]})
    yield frame({}, answer.finish)
    yield frame(None)
    yield "data: [DONE]\n\n"


@app.get("/v1/models")
async def models():
    entry = {"object": "model", "max_model_len": CONTEXT_WINDOW, "context_length": CONTEXT_WINDOW}
    return {"object": "list", "data": [{"id": name, **entry} for name in MODELS]}


@app.post("/v1/chat/completions")
async def chat_completions(request: Request):
    body = await request.json()
    messages = body["messages"]
    log.append(
        {
            "system": text_of(messages[0]),
            "messages": messages[1:],
            "tools": [tool["function"]["name"] for tool in body.get("tools") or []],
            "tool_choice": body.get("tool_choice"),
            "stream": body.get("stream", False),
            "keys": sorted(body),
        }
    )
    answer = plan(messages)
    if mode["fail"]:
        answer.fail = mode["fail"]
        if mode["once"]:
            mode["fail"] = None
    if mode["pace"] is not None:
        answer.pace = mode["pace"]
    if answer.fail:
        return JSONResponse({"error": {"message": "scripted failure", "type": "scripted", "code": "scripted"}}, answer.fail)
    if body.get("stream"):
        stream = chunks(body["model"], answer, text_of(messages[-1]))
        return StreamingResponse(stream, media_type="text/event-stream")
    await asyncio.sleep(answer.pace)
    message = {"role": "assistant", "content": answer.text}
    if answer.calls:
        message["tool_calls"] = tool_calls(answer.calls)
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finish}],
        "usage": USAGE,
    }


@app.post("/v1/embeddings")
async def embeddings(request: Request):
    body = await request.json()
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    data = [{"object": "embedding", "index": index, "embedding": [0.01] * 1536} for index in range(len(texts))]
    return {"object": "list", "model": body["model"], "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


@app.get("/log")
async def read_log(last: int = 5):
    return list(log)[-last:]


@app.delete("/log")
async def clear_log():
    log.clear()
    return Response(status_code=204)


@app.get("/held")
async def read_held():
    return list(held.values())


@app.post("/mode")
async def set_mode(request: Request):
    mode.update(await request.json())
    return mode


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("MODEL_PORT", "9999")), access_log=False, log_level="warning")
