"""OpenAI's chat and Ollama's, each in the other's words. It knows nothing of the host, so plain Python tests it.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

import json

MANIFEST = {
    "name": "ollama-python",
    "version": "0.1.0",
    "operations": ["chat"],
    "auth": {"scheme": "bearer"},
    "settings": {"type": "object", "properties": {}, "additionalProperties": False},
}

# OpenAI's names of the parameters that Ollama has too, and Ollama's own.
OPTIONS = {
    "frequency_penalty": "frequency_penalty",
    "max_completion_tokens": "num_predict",
    "max_tokens": "num_predict",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
    "stop": "stop",
    "temperature": "temperature",
    "top_p": "top_p",
}
TRANSLATED = {"messages", "model", "stream", "stream_options", *OPTIONS}

CLASSES = {400: "client", 408: "timeout", 413: "client", 422: "client", 429: "rate-limited", 504: "timeout"}


class Fault(Exception):
    """Why a call fails. Its kind, a class of the contract, decides whether the host stops, waits or moves on."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind


def request(model: str, stream: bool, body: dict) -> tuple[dict, list[str]]:
    """Ollama's request for a client's, and the names of what it leaves out."""
    if body.get("tools"):
        raise Fault("unsupported", "this adapter does not translate tools")
    given = {name: value for name, value in body.items() if value is not None}
    options = {OPTIONS[name]: value for name, value in given.items() if name in OPTIONS}
    if isinstance(options.get("stop"), str):
        options["stop"] = [options["stop"]]
    messages = [_message(message) for message in body["messages"]]
    translated = {"model": model, "messages": messages, "stream": stream, "options": options}
    return translated, [name for name in given if name not in TRANSLATED]


def _message(message: dict) -> dict:
    if message["role"] == "tool" or message.get("tool_calls"):
        raise Fault("unsupported", "this adapter does not translate tools")
    role = "system" if message["role"] == "developer" else message["role"]
    return {"role": role, "content": _text(message.get("content"))}


def _text(content) -> str:
    """The text of a message: a string, or parts of which each must be text."""
    if not isinstance(content, list):
        return content or ""
    if any(part["type"] != "text" for part in content):
        raise Fault("unsupported", "this adapter translates text only")
    return "".join(part["text"] for part in content)


def completion(reply: dict) -> dict:
    """OpenAI's reply for a buffered one. The host fills in `created` and the client's name for the model."""
    content = reply.get("message", {}).get("content")
    if content is None or not reply.get("done"):
        raise Fault("malformed", "the reply has no complete message")
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": _finish_reason(reply)}
    return {**_head("chat.completion", reply), "choices": [choice], "usage": _usage(reply)}


def chunks(begun: bool, events: list[dict], last: bool) -> tuple[list[dict], bool]:
    """OpenAI's chunks for the events of one network read, and whether the stream is complete.

    `begun` says whether there were any before.
    """
    lines = []
    for event in events:
        if "error" in event:
            raise Fault("overloaded", str(event["error"]))
        delta = {} if begun or lines else {"role": "assistant"}
        delta["content"] = event.get("message", {}).get("content", "")
        finish_reason = _finish_reason(event) if event.get("done") else None
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        lines.append({**_head("chat.completion.chunk", event), "choices": [choice]})
        if event.get("done"):
            lines.append({**_head("chat.completion.chunk", event), "choices": [], "usage": _usage(event)})
            return lines, True
    if last:
        raise Fault("malformed", "the stream ended before its last object")
    return lines, False


def fault_of(status: int, body: bytes) -> Fault:
    """The fault for an error reply."""
    words = body[:200].decode(errors="replace")
    try:
        words = str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        pass  # Not Ollama's own: a proxy's page, for example.
    return Fault(_class_of(status), words or f"status {status}")


def _class_of(status: int) -> str:
    if status in CLASSES:
        return CLASSES[status]
    if status >= 500:
        return "overloaded"
    return "refused" if status >= 400 else "malformed"


def _head(kind: str, reply: dict) -> dict:
    return {"id": "", "object": kind, "created": 0, "model": reply.get("model", "")}


def _finish_reason(reply: dict) -> str:
    return "length" if reply.get("done_reason") == "length" else "stop"


def _usage(reply: dict) -> dict:
    read, written = reply.get("prompt_eval_count", 0), reply.get("eval_count", 0)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
