"""Anthropic's messages, as the double reads and writes them."""

import json
from uuid import uuid4

from anthropic.types.beta.message_create_params import MessageCreateParams
from strict import unknown

from .script import Heard, halves

PATH = "/v1/messages"
# What the types have no longer, but older models take.
OLDER = {".temperature", ".top_p", ".top_k"}
SIGNATURE = "c2lnbmVkIGJ5IHRoZSBkb3VibGU="
THINKING = {"type": "thinking", "thinking": "Which tool fits?", "signature": SIGNATURE}
USAGE = {
    "input_tokens": 100,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 20,
    "output_tokens": 30,
}


def faults(request):
    """What Anthropic would refuse."""
    extra = [it for it in unknown(request, MessageCreateParams) if it not in OLDER]
    found = [f"{it}: Extra inputs are not permitted" for it in extra]
    waiting = set()
    for message in request["messages"]:
        blocks = blocks_of(message["content"])
        answered = {it["tool_use_id"] for it in blocks if it["type"] == "tool_result"}
        if answered != waiting:
            found.append("`tool_use` and `tool_result` blocks do not match")
        waiting = {it["id"] for it in blocks if it["type"] == "tool_use"}
        found += unsigned(blocks, thinks(request) and bool(waiting))
    return found


def unsigned(blocks, must_think):
    """A turn that called tools begins with its thinking, and thinking comes back with its signature."""
    thought = [it for it in blocks if it["type"] == "thinking"]
    if any(it["signature"] != SIGNATURE for it in thought):
        return ["Invalid `signature` in `thinking` block"]
    if must_think and blocks[0]["type"] != "thinking":
        return [f"Expected `thinking`, but found `{blocks[0]['type']}`"]
    return []


def thinks(request):
    return (request.get("thinking") or {}).get("type") in ("enabled", "adaptive")


def blocks_of(content):
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def heard(request):
    said = Heard(tools={it.get("name") for it in request.get("tools") or []})
    for message in request["messages"]:
        blocks = blocks_of(message["content"])
        said.text += text_of(blocks) + "\n"
        said.turns += any(it["type"] == "tool_use" for it in blocks)
        results = (it for it in blocks if it["type"] == "tool_result")
        said.results += [text_of(blocks_of(it.get("content") or "")) for it in results]
    return said


def text_of(blocks):
    return "\n".join(it.get("text", "") for it in blocks)


def content(turn, request):
    blocks = [THINKING] if thinks(request) else []
    blocks.append({"type": "text", "text": turn.text})
    for place, call in enumerate(turn.calls):
        made = f"toolu_{turn.number}x{place}"
        blocks.append({"type": "tool_use", "id": made, "name": call.name, "input": call.arguments})
    return blocks


def whole(turn, request):
    return {
        # Claude Code joins messages of the same id.
        "id": f"msg_{uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": content(turn, request),
        "stop_reason": "tool_use" if turn.calls else "end_turn",
        "stop_sequence": None,
        "usage": USAGE,
    }


def events(turn, request):
    said = whole(turn, request)
    begun = {**said, "content": [], "stop_reason": None, "usage": {**USAGE, "output_tokens": 1}}
    yield {"type": "message_start", "message": begun}
    for index, block in enumerate(said["content"]):
        at = {"index": index}
        yield {"type": "content_block_start", **at, "content_block": begun_block(block)}
        for delta in deltas(block):
            yield {"type": "content_block_delta", **at, "delta": delta}
        yield {"type": "content_block_stop", **at}
    end = {"stop_reason": said["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": {"output_tokens": USAGE["output_tokens"]}}
    yield {"type": "message_stop"}


def begun_block(block):
    empty = {"text": {"text": ""}, "tool_use": {"input": {}}, "thinking": {"thinking": "", "signature": ""}}
    return {**block, **empty[block["type"]]}


def deltas(block):
    if block["type"] == "text":
        return [{"type": "text_delta", "text": piece} for piece in halves(block["text"])]
    if block["type"] == "tool_use":
        pieces = halves(json.dumps(block["input"]))
        return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    pieces = [{"type": "thinking_delta", "thinking": piece} for piece in halves(block["thinking"])]
    return [*pieces, {"type": "signature_delta", "signature": block["signature"]}]


def stream(turn, request):
    for event in events(turn, request):
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"


def refusal(message):
    return {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
