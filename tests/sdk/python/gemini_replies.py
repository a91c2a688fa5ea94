"""Replies of Google's Gemini API, by the model's name, and an upstream that gives them."""

import json

from scripted import Upstream

USAGE = {
    "promptTokenCount": 20,
    "cachedContentTokenCount": 8,
    "candidatesTokenCount": 5,
    "thoughtsTokenCount": 7,
    "totalTokenCount": 32,
}
CALL = {"name": "weather", "args": {"city": "Paris", "days": 1.5}}
# The parts of a reply, as they come in a stream.
PARTS = {
    "text-double": [{"text": "Two plus "}, {"text": "two."}, {"text": "", "thoughtSignature": "CiQBtext"}],
    "tools-double": [
        {"text": "They want ", "thought": True},
        {"text": "the weather.", "thought": True},
        {"text": "I will look."},
        {"functionCall": {"id": "fc1", **CALL}, "thoughtSignature": "CiQBcall"},
        {"functionCall": {"id": "fc2", **CALL}},
    ],
}
BLOCKED = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 5}}


def reply(parts, **candidate):
    candidate = {"content": {"role": "model", "parts": parts}, "index": 0, **candidate}
    return {"candidates": [candidate], "modelVersion": "gemini-double", "responseId": "r1"}


def end(parts):
    return {**reply(parts, finishReason="STOP"), "usageMetadata": USAGE}


def joined(parts):
    """The parts as a buffered reply has them: texts of one kind are one part, with its signature."""
    whole = []
    for part in parts:
        last = whole[-1] if whole else {}
        if "text" in part and "text" in last and last.get("thought") == part.get("thought"):
            whole[-1] = {**last, **part, "text": last["text"] + part["text"]}
        else:
            whole.append(part)
    return whole


class Gemini(Upstream):
    """An upstream that speaks Google's protocol."""

    def answer(self, path, request):
        model, method = path.split("?")[0].rsplit("/", 1)[1].split(":")
        replies = self.replies(model, method, request)
        if method != "streamGenerateContent":
            return 200, "application/json", json.dumps(replies[0]).encode()
        frames = [f"data: {json.dumps(event)}\r\n\r\n" for event in replies]
        return 200, "text/event-stream", "".join(frames).encode()

    def replies(self, model, method, request):
        if method == "countTokens":
            return [{"totalTokens": 31}]
        if model == "blocked-double":
            return [BLOCKED]
        parts = PARTS[model]
        if any("functionResponse" in part for part in request["contents"][-1]["parts"]):
            parts = PARTS["text-double"]
        if method == "streamGenerateContent":
            return [*(reply([part]) for part in parts), end([{"text": ""}])]
        return [end(joined(parts))]
