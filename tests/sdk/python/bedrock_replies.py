"""Replies in the protocol of Bedrock's Converse, and what AWS's SDK reads in them."""

import json
import struct
import zlib

from summaries import ASK, summary

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
FINISH = {
    "end_turn": "end",
    "stop_sequence": "stop",
    "max_tokens": "cut",
    "tool_use": "calls",
}


def message(kind, name, payload):
    """One message of an AWS event stream (Smithy, "Amazon event stream")."""
    headers = b""
    for key, value in {f":{kind}-type": name, ":message-type": kind}.items():
        headers += bytes([len(key)]) + key.encode() + b"\x07"
        headers += struct.pack(">H", len(value)) + value.encode()
    payload = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    body = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return body + struct.pack(">I", zlib.crc32(body))


def reply(content, reason="end_turn"):
    usage = {"inputTokens": 30, "outputTokens": 9, "totalTokens": 47, "cacheReadInputTokens": 8}
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": reason,
        "usage": usage,
        "metrics": {"latencyMs": 100},
    }


def events(whole):
    """The stream that says the same as a reply in one piece, as the vendor would write it."""
    yield "messageStart", {"role": "assistant"}
    for index, block in enumerate(whole["output"]["message"]["content"]):
        at = {"contentBlockIndex": index}
        if call := block.get("toolUse"):
            start = {"toolUseId": call["toolUseId"], "name": call["name"]}
            yield "contentBlockStart", {**at, "start": {"toolUse": start}}
        for delta in deltas(block):
            yield "contentBlockDelta", {**at, "delta": delta}
        yield "contentBlockStop", at
    yield "messageStop", {"stopReason": whole["stopReason"]}
    yield "metadata", {"usage": whole["usage"], "metrics": whole["metrics"]}


def deltas(block):
    if text := block.get("text"):
        yield {"text": text[:2]}
        yield {"text": text[2:]}
    if call := block.get("toolUse"):
        arguments = json.dumps(call["input"]) if call["input"] else ""
        yield {"toolUse": {"input": arguments[:3]}}
        yield {"toolUse": {"input": arguments[3:]}}
    if thought := block.get("reasoningContent", {}).get("reasoningText"):
        yield {"reasoningContent": {"text": thought["text"]}}
        yield {"reasoningContent": {"signature": thought["signature"]}}


def asked():
    messages = [{"role": it["role"], "content": [{"text": it["content"]}]} for it in ASK]
    return {"modelId": MODEL, "messages": messages}


def tokens(usage):
    cached = usage.get("cacheReadInputTokens", 0)
    return usage["inputTokens"] + cached, cached, usage["outputTokens"]


def by_boto(client):
    said = client.converse(**asked())
    text, thinking, calls = "", "", []
    for block in said["output"]["message"]["content"]:
        text += block.get("text", "")
        thinking += block.get("reasoningContent", {}).get("reasoningText", {}).get("text", "")
        if call := block.get("toolUse"):
            calls.append((call["toolUseId"], call["name"], call["input"]))
    return summary(text, thinking, calls, FINISH[said["stopReason"]], tokens(said["usage"]))


def by_boto_streamed(client):
    text, thinking, calls, finish, used = "", "", {}, "", ()
    for event in client.converse_stream(**asked())["stream"]:
        ((kind, said),) = event.items()
        delta = said.get("delta", {})
        text += delta.get("text", "")
        thinking += delta.get("reasoningContent", {}).get("text", "")
        if kind == "contentBlockStart":
            call = said["start"]["toolUse"]
            calls[said["contentBlockIndex"]] = [call["toolUseId"], call["name"], ""]
        elif "toolUse" in delta:
            calls[said["contentBlockIndex"]][2] += delta["toolUse"]["input"]
        elif kind == "messageStop":
            finish = FINISH[said["stopReason"]]
        elif kind == "metadata":
            used = tokens(said["usage"])
    calls = [(made, name, json.loads(text or "{}")) for made, name, text in calls.values()]
    return summary(text, thinking, calls, finish, used)
