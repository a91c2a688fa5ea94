"""Replies in Cohere's protocol, and what Cohere's SDK reads in them."""

import json

from summaries import ASK, summary

USAGE = {
    "tokens": {"input_tokens": 30, "output_tokens": 9},
    "billed_units": {"input_tokens": 3},
    "cached_tokens": 8,
}


def reply(message, reason="COMPLETE"):
    message = {"role": "assistant", **message}
    return {"id": "r-1", "message": message, "finish_reason": reason, "usage": USAGE}


def call(identifier, city):
    function = {"name": "weather", "arguments": json.dumps({"city": city})}
    return {"id": identifier, "type": "function", "function": function}


def events(whole):
    """The stream that says the same as a reply in one piece, as the vendor would write it."""
    message = whole["message"]
    yield {
        "type": "message-start",
        "id": whole["id"],
        "delta": {"message": {"role": "assistant", "content": []}},
    }
    for index, block in enumerate(message.get("content") or []):
        kind = block["type"]
        content = {"type": kind, kind: ""}
        yield {"type": "content-start", "index": index, "delta": {"message": {"content": content}}}
        for piece in halves(block[kind]):
            yield {
                "type": "content-delta",
                "index": index,
                "delta": {"message": {"content": {kind: piece}}},
            }
        yield {"type": "content-end", "index": index}
    for piece in halves(message.get("tool_plan") or ""):
        yield {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": piece}}}
    for index, citation in enumerate(message.get("citations") or []):
        yield {
            "type": "citation-start",
            "index": index,
            "delta": {"message": {"citations": citation}},
        }
        yield {"type": "citation-end", "index": index}
    for index, made in enumerate(message.get("tool_calls") or []):
        start = {**made, "function": {"name": made["function"]["name"], "arguments": ""}}
        yield {
            "type": "tool-call-start",
            "index": index,
            "delta": {"message": {"tool_calls": start}},
        }
        for piece in halves(made["function"]["arguments"]):
            function = {"function": {"arguments": piece}}
            yield {
                "type": "tool-call-delta",
                "index": index,
                "delta": {"message": {"tool_calls": function}},
            }
        yield {"type": "tool-call-end", "index": index}
    yield {
        "type": "message-end",
        "delta": {"finish_reason": whole["finish_reason"], "usage": whole["usage"]},
    }


def halves(text):
    middle = len(text) // 2
    return [piece for piece in (text[:middle], text[middle:]) if piece]


FINISH = {
    "COMPLETE": "end",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "cut",
    "TOOL_CALL": "calls",
}


def arguments(text):
    return json.loads(text or "{}") or {}


def by_cohere(client):
    said = client.chat(model="m", messages=ASK)
    content = said.message.content or []
    text = "".join(block.text for block in content if block.type == "text")
    thinking = "".join(block.thinking for block in content if block.type == "thinking")
    calls = [
        (it.id, it.function.name, arguments(it.function.arguments))
        for it in said.message.tool_calls or []
    ]
    tokens = said.usage.tokens
    return summary(
        text + (said.message.tool_plan or ""),
        thinking,
        calls,
        FINISH[said.finish_reason],
        (tokens.input_tokens, said.usage.cached_tokens or 0, tokens.output_tokens),
    )


def by_cohere_streamed(client):
    text, thinking, calls, finish, tokens = "", "", [], "", ()
    for event in client.chat_stream(model="m", messages=ASK):
        if event.type == "content-delta":
            text += event.delta.message.content.text or ""
            thinking += event.delta.message.content.thinking or ""
        elif event.type == "tool-plan-delta":
            text += event.delta.message.tool_plan
        elif event.type == "tool-call-start":
            made = event.delta.message.tool_calls
            calls.append([made.id, made.function.name, made.function.arguments or ""])
        elif event.type == "tool-call-delta":
            calls[-1][2] += event.delta.message.tool_calls.function.arguments
        elif event.type == "message-end":
            finish = FINISH[event.delta.finish_reason]
            usage = event.delta.usage
            tokens = (usage.tokens.input_tokens, usage.cached_tokens or 0, usage.tokens.output_tokens)
    calls = [(identifier, name, arguments(text)) for identifier, name, text in calls]
    return summary(text, thinking, calls, finish, tokens)
