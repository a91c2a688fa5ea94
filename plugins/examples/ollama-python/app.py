"""The adapter as the contract wants it: JSON as bytes outside, dictionaries inside.

What it says to Ollama is in `ollama.py`. `wit_world` and `componentize_py_types` are generated from the contract.
"""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import host
from wit_world.imports.types import (
    Body_Bytes,
    Call,
    Decoded,
    Event,
    Exchange,
    Failure,
    Header,
    HttpRequest,
    Payload,
    Prepared,
    Prepared_Exchange,
    Reply,
    Step,
    Step_Done,
)

import ollama


def write(value) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def read(data: bytes):
    try:
        return json.loads(data)
    except ValueError:
        raise ollama.Fault("malformed", "unexpected JSON") from None


def failing(method):
    """Turns a `Fault` into the contract's failure."""

    def call(*arguments):
        try:
            return method(*arguments)
        except ollama.Fault as fault:
            raise Err(Failure(fault.kind, str(fault), None, b"")) from None

    return call


class Adapter(exports.Adapter):
    def describe(self) -> bytes:
        return write(ollama.MANIFEST)

    @failing
    def prepare(self, call: Call) -> Prepared:
        """Turns the client's request into one HTTP request. The host attaches the credential and sends it."""
        body, dropped = ollama.request(call.model, call.stream, read(host.body()))
        headers = [Header("content-type", "application/json")]
        request = HttpRequest("POST", "/api/chat", headers, Body_Bytes(write(body)))
        framing = "ndjson" if call.stream else "none"
        return Prepared_Exchange(Exchange(request, framing, None, b"", 0, write({"dropped": dropped})))

    @failing
    def decode(self, call: Call, reply: Reply) -> Step:
        """A buffered reply, whatever its status."""
        if reply.status != 200:
            raise ollama.fault_of(reply.status, reply.body)
        return Step_Done(Payload("", write(ollama.completion(read(reply.body))), b""))

    @failing
    def decode_events(self, call: Call, state: bytes, events: list[Event], last: bool) -> Decoded:
        """All events of one network read. The state is one byte once the stream has begun."""
        lines, done = ollama.chunks(bool(state), [read(event.data) for event in events], last)
        text = b"".join(write(line) + b"\n" for line in lines)
        return Decoded(text, b"1" if state or lines else b"", done, b"")
