"""Replies in OpenAI's form as other vendors write it, and an upstream that streams them."""

import json

from scripted import Upstream

USAGE = {
    "prompt_tokens": 38,
    "completion_tokens": 9,
    "total_tokens": 47,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 4},
}


class Chats(Upstream):
    """One answer for all paths; a stream is frames of `data:` alone."""

    def say(self, whole, status=200, **form):
        self.frames(whole, chunks(whole, **form) if status == 200 else None, status)

    def frames(self, whole, events, status=200, end="data: [DONE]\n\n"):
        self.script("*", whole, events and list(events), status)
        self.end = end

    def answer(self, path, request):
        whole, events, status = self.answers["*"]
        if request and request.get("stream") and events is not None:
            body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + self.end
            return status, "text/event-stream", body.encode()
        return status, "application/json", json.dumps(whole).encode()

    def sent(self):
        return self.requests[-1][2]


def call(identifier, city):
    function = {"name": "weather", "arguments": json.dumps({"city": city})}
    return {"id": identifier, "type": "function", "function": function}


def reply(text=None, calls=(), finish="stop", usage=USAGE, **thinking):
    """`thinking` is under the vendor's own name for it."""
    message = {"role": "assistant", "content": text, **thinking}
    if calls:
        message["tool_calls"] = list(calls)
    choice = {"index": 0, "message": message, "finish_reason": finish}
    head = {"id": "c-1", "object": "chat.completion", "created": 1750000000, "model": "m"}
    return {**head, "choices": [choice], "usage": usage}


def chunks(whole, usage="apart"):
    """The stream that says the same as a reply in one piece.

    `usage` says where it is: `apart`, in the chunk of the `finish`, in its `choice`, or in Groq's `x_groq`.
    """
    head = {**whole, "object": "chat.completion.chunk"}
    used = head.pop("usage")
    choice = whole["choices"][0]
    for delta in deltas(choice["message"]):
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    end = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
    places = {"finish": {"usage": used}, "x_groq": {"x_groq": {"id": "r", "usage": used}, "usage": used}}
    if usage == "choice":
        end["usage"] = used
    yield {**head, "choices": [end], **places.get(usage, {})}
    if usage == "apart":
        yield {**head, "choices": [], "usage": used}


def deltas(message):
    yield {"role": "assistant", "content": ""}
    for name in ("reasoning_content", "reasoning", "content"):
        for piece in halves(message.get(name) or ""):
            yield {name: piece}
    for detail in message.get("reasoning_details") or []:
        for piece in halves(detail["text"]):
            yield {"reasoning_details": [{**detail, "text": piece}]}
    calls = list(enumerate(message.get("tool_calls") or []))
    for index, made in calls:
        yield {"tool_calls": [{**made, "index": index, "function": {**made["function"], "arguments": ""}}]}
    # The arguments of parallel calls, by turns.
    for place in (0, 1):
        for index, made in calls:
            piece = halves(made["function"]["arguments"])[place]
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def halves(text):
    middle = len(text) // 2
    return [piece for piece in (text[:middle], text[middle:]) if piece]
