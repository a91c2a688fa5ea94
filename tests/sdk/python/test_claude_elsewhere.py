"""The official SDKs over Claude as Vertex AI and Bedrock's InvokeModel serve it.

The vendor's own clients for these platforms ask the upstream itself, and the gateway must ask as they do. All
must agree on what the scripts mean.
"""

import base64
import json
import unittest

import anthropic
import openai
from bedrock_replies import message
from scripted import Gateway, Upstream
from summaries import ASK, by_anthropic, by_anthropic_streamed, by_openai, by_openai_streamed
from summaries import of_message

try:
    import botocore
except ImportError:
    botocore = None

PRICE = {"input_per_million": 1, "output_per_million": 2}
ON_VERTEX = "claude-sonnet-4-5@20250929"
ON_BEDROCK = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
THINKING = {"type": "thinking", "thinking": "Norway.", "signature": "c2ln"}
TEXT = {"type": "text", "text": "Oslo is the capital."}
CALL = {"type": "tool_use", "id": "t_1", "name": "weather", "input": {"city": "Oslo"}}
#: What may differ: the vendor's clients are ahead of the versions that the platforms document.
OWN = {"anthropic_version", "anthropic_beta"}


def reply(content, reason="end_turn"):
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 30, "output_tokens": 9},
    }


def events(whole):
    """The stream that says the same as a reply in one piece, as the vendor would write it."""
    yield {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}}
    for index, block in enumerate(whole["content"]):
        empty = {"text": "", "thinking": "", "signature": "", "input": {}}
        begun = {name: empty.get(name, said) for name, said in block.items()}
        yield {"type": "content_block_start", "index": index, "content_block": begun}
        for delta in deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 9}}
    yield {"type": "message_stop"}


def deltas(block):
    if "text" in block:
        yield {"type": "text_delta", "text": block["text"]}
    if "thinking" in block:
        yield {"type": "thinking_delta", "thinking": block["thinking"]}
        yield {"type": "signature_delta", "signature": block["signature"]}
    if "input" in block:
        yield {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}


class Platform(Upstream):
    """Both platforms: the path tells which, and whether a stream is asked for."""

    def answer(self, path, request):
        whole, stream, status = self.answers["*"]
        if path.endswith(":streamRawPredict"):
            frames = [f"event: {it['type']}\ndata: {json.dumps(it)}\n\n" for it in stream]
            return status, "text/event-stream", "".join(frames).encode()
        if path.endswith("/invoke-with-response-stream"):
            coded = [base64.b64encode(json.dumps(it).encode()).decode() for it in stream]
            frames = [message("event", "chunk", {"bytes": it}) for it in coded]
            return status, "application/vnd.amazon.eventstream", b"".join(frames)
        if path.endswith("count-tokens:rawPredict"):
            whole = {"input_tokens": 7}
        elif path.endswith("/count-tokens"):
            whole = {"inputTokens": 7}
        return status, "application/json", json.dumps(whole).encode()


class Elsewhere:
    """What holds on each platform."""

    def setUp(self):
        self.upstream = Platform()
        self.addCleanup(self.upstream.close)
        provider = {
            "adapter": "anthropic",
            "base_url": self.upstream.url + self.base,
            "api_key": "k",
            "auth": {"scheme": "bearer"},
            "settings": {"platform": self.platform},
        }
        chain = [{"provider": "claude", "model": self.model}]
        gateway = Gateway({"claude": provider}, {"chat": {"pricing": PRICE, "chain": chain}})
        self.addCleanup(gateway.close)
        once = {"max_retries": 0, "timeout": 30}
        self.openai = openai.OpenAI(base_url=gateway.url + "/v1", api_key="unused", **once)
        self.anthropic = anthropic.Anthropic(base_url=gateway.url, api_key="unused", **once)
        self.own = self.client(once)
        for client in (self.openai, self.anthropic, *filter(None, [self.own])):
            self.addCleanup(client.close)

    def test_every_sdk_agrees(self):
        for content, reason in (
            ([TEXT], "end_turn"),
            ([THINKING, TEXT], "end_turn"),
            ([TEXT, CALL], "tool_use"),
            ([TEXT], "max_tokens"),
        ):
            whole = reply(content, reason)
            self.upstream.script("*", whole, list(events(whole)))
            expected = of_message(anthropic.types.Message.model_validate(whole))
            readers = [
                (by_openai, self.openai),
                (by_openai_streamed, self.openai),
                (by_anthropic, self.anthropic),
                (by_anthropic_streamed, self.anthropic),
            ]
            for read, client in readers:
                with self.subTest(read.__name__, reason=reason):
                    self.assertEqual(read(client), expected)

    def test_the_gateway_asks_as_the_vendors_client_does(self):
        if not self.own:
            self.skipTest("the vendor's client needs botocore")
        self.upstream.script("*", reply([TEXT]), list(events(reply([TEXT]))))
        given = {"max_tokens": 99, "messages": ASK}
        self.anthropic.messages.create(model="chat", **given)
        self.own.messages.create(model=self.model, **given)
        for client, model in ((self.anthropic, "chat"), (self.own, self.model)):
            with client.messages.stream(model=model, **given) as stream:
                self.assertEqual(stream.get_final_text(), TEXT["text"])
        asked = [
            (path.replace("%3A", ":").replace("%40", "@"), {**request})
            for path, _, request in self.upstream.requests
        ]
        for _, request in asked:
            self.assertIn("anthropic_version", request)
            for name in OWN:
                request.pop(name, None)
        buffered, own_buffered, streamed, own_streamed = asked
        self.assertEqual(buffered, own_buffered)
        self.assertEqual(streamed, own_streamed)

    def test_tokens_are_counted(self):
        self.upstream.script("*", None)
        counted = self.anthropic.messages.count_tokens(model="chat", messages=ASK)
        self.assertEqual(counted.input_tokens, 7)


class OnVertex(Elsewhere, unittest.TestCase):
    platform, model = "vertex", ON_VERTEX
    base = "/v1/projects/p/locations/l/publishers/anthropic/models"

    def client(self, once):
        given = {"region": "l", "project_id": "p", "access_token": "k", **once}
        return anthropic.AnthropicVertex(base_url=self.upstream.url + "/v1", **given)


class OnBedrock(Elsewhere, unittest.TestCase):
    platform, model, base = "bedrock", ON_BEDROCK, ""

    def client(self, once):
        given = {"aws_region": "us-east-1", "api_key": "k", **once}
        return botocore and anthropic.AnthropicBedrock(base_url=self.upstream.url, **given)


if __name__ == "__main__":
    unittest.main()
