"""OpenAI's chat completions, as the double reads and writes them."""

import json
import re
from uuid import uuid4

from openai.types.chat.completion_create_params import CompletionCreateParams
from strict import unknown

from .script import Heard, halves

PATH = "/v1/chat/completions"
# OpenAI lets a tool's message have the tool's name, though its types do not say so.
TOLERATED = re.compile(r"\.messages\[\d+\]\.name")
USAGE = {
    "prompt_tokens": 120,
    "completion_tokens": 30,
    "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 20},
    "completion_tokens_details": {"reasoning_tokens": 10},
}


def faults(request):
    """What OpenAI would refuse."""
    extra = [it for it in unknown(request, CompletionCreateParams) if not TOLERATED.fullmatch(it)]
    found = [f"Unrecognized request argument: {it}" for it in extra]
    waiting = set()
    for message in request["messages"]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                found.append("a tool's message answers no call before it")
            waiting.discard(message["tool_call_id"])
            continue
        if waiting:
            found.append("a call of a tool has no result")
        waiting = {call["id"] for call in message.get("tool_calls") or []}
    return found + ["a call of a tool has no result"] * bool(waiting)


def heard(request):
    functions = [tool.get("function") or {} for tool in request.get("tools") or []]
    said = Heard(tools={it.get("name") for it in functions})
    for message in request["messages"]:
        said.text += text(message.get("content") or "") + "\n"
        said.turns += bool(message.get("tool_calls"))
        if message["role"] == "tool":
            said.results.append(text(message["content"]))
    return said


def text(content):
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content)


def calls(turn):
    for place, call in enumerate(turn.calls):
        function = {"name": call.name, "arguments": json.dumps(call.arguments)}
        yield {"id": f"call_{turn.number}x{place}", "type": "function", "function": function}


def head(request, kind):
    # Clients join messages of the same id.
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": 1750000000, "model": request["model"]}


def whole(turn, request):
    message = {"role": "assistant", "content": turn.text, "refusal": None}
    if turn.calls:
        message["tool_calls"] = list(calls(turn))
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish(turn)}
    return {**head(request, "chat.completion"), "choices": [choice], "usage": USAGE}


def finish(turn):
    return "tool_calls" if turn.calls else "stop"


def deltas(turn):
    yield {"role": "assistant", "content": "", "refusal": None}
    for piece in halves(turn.text):
        yield {"content": piece}
    for index, call in enumerate(calls(turn)):
        arguments = call["function"]["arguments"]
        begun = {**call["function"], "arguments": ""}
        yield {"tool_calls": [{"index": index, **call, "function": begun}]}
        for piece in halves(arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def stream(turn, request):
    begun = head(request, "chat.completion.chunk")
    events = [(delta, None) for delta in deltas(turn)] + [({}, finish(turn))]
    for delta, reason in events:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        yield frame({**begun, "choices": [choice]})
    if (request.get("stream_options") or {}).get("include_usage"):
        yield frame({**begun, "choices": [], "usage": USAGE})
    yield "data: [DONE]\n\n"


def frame(event):
    return f"data: {json.dumps(event)}\n\n"


def refusal(message):
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
