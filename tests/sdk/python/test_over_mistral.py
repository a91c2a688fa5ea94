"""The SDKs of OpenAI and Anthropic over an upstream that speaks Mistral's protocol.

Each script is also read by Mistral's own SDK from the upstream itself. All must agree on what it means, buffered and
streamed.
"""

import json
import unittest
from pathlib import Path

import anthropic
import openai
from chat_replies import Chats, chunks, reply
from mistralai.client import Mistral
from mistralai.client.errors import MistralError
from scripted import JSON_ERRORS, Gateway
from summaries import ASK, FINISH, clients_of, readers, summary

RECORDINGS = Path(__file__).parents[4] / "shared" / "fixtures" / "mistral"
PRICE = {"input_per_million": 1, "output_per_million": 2}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
THINKING = {"type": "thinking", "thinking": [{"type": "text", "text": "Norway."}]}
TEXT = {"type": "text", "text": "Oslo."}


def setUpModule():
    global upstream, of_openai, of_anthropic, readings
    upstream = Chats()
    unittest.addModuleCleanup(upstream.close)
    provider = {"adapter": "mistral", "base_url": f"{upstream.url}/v1", "api_key": "k"}
    chain = [{"provider": "mistral", "model": "magistral-medium"}]
    models = {
        "chat": {"pricing": PRICE, "chain": chain},
        "vectors": {"capability": "embeddings", "pricing": PRICE, "chain": chain},
    }
    gateway = Gateway({"mistral": provider}, models, server=JSON_ERRORS)
    unittest.addModuleCleanup(gateway.close)
    of_openai, of_anthropic = clients_of(gateway)
    for client in (of_openai, of_anthropic):
        unittest.addModuleCleanup(client.close)
    readings = readers(of_openai, of_anthropic)
    client = unittest.enterModuleContext(Mistral(api_key="unused", server_url=upstream.url))
    readings["Mistral"] = (lambda _: by_mistral(client), lambda _: by_mistral_streamed(client))


def by_mistral(client):
    said = client.chat.complete(model="m", messages=ASK)
    choice = said.choices[0]
    text, thinking = parts(choice.message.content)
    calls = [(it.id, it.function.name, arguments(it)) for it in choice.message.tool_calls or []]
    return summary(text, thinking, calls, FINISH[choice.finish_reason], tokens(said.usage))


def by_mistral_streamed(client):
    text, thinking, calls, finish, used = "", "", {}, "", None
    for event in client.chat.stream(model="m", messages=ASK):
        used = event.data.usage or used
        for choice in event.data.choices:
            more = parts(choice.delta.content)
            text, thinking = text + more[0], thinking + more[1]
            finish = FINISH.get(choice.finish_reason, finish)
            for made in choice.delta.tool_calls or []:
                known = calls.setdefault(made.index, [made.id, made.function.name, ""])
                known[2] += made.function.arguments
    calls = [(identifier, name, json.loads(text)) for identifier, name, text in calls.values()]
    return summary(text, thinking, calls, finish, tokens(used))


def parts(content):
    """Text and thinking of a content; the SDK gives what is left out as a value of its own, which is false."""
    if isinstance(content, str) or not content:
        return content or "", ""
    text = "".join(it.text for it in content if it.type == "text")
    return text, "".join(piece.text for it in content if it.type == "thinking" for piece in it.thinking)


def arguments(call):
    given = call.function.arguments
    return json.loads(given) if isinstance(given, str) else given


def tokens(usage):
    """The SDK has no word for cached tokens, but keeps what it does not know."""
    details = (usage.model_extra or {}).get("prompt_tokens_details") or {}
    return usage.prompt_tokens, details.get("cached_tokens", 0), usage.completion_tokens


def call(identifier, city):
    """A call as Mistral writes it, without a type."""
    return {"id": identifier, "function": {"name": "weather", "arguments": json.dumps({"city": city})}}


class EverySdkAgrees(unittest.TestCase):
    def agree(self, whole=None, streamed=None):
        """What all read of a reply in one piece, of its stream, or of both."""
        upstream.frames(whole, streamed)
        said = []
        for form, there in enumerate((whole, streamed)):
            if there is None:
                continue
            for name, reads in readings.items():
                with self.subTest(client=name, streamed=bool(form)):
                    said.append(reads[form]("chat"))
                    self.assertEqual(said[-1], said[0])
        return said[0]

    def of(self, *arguments, **parts):
        whole = reply(*arguments, **parts)
        events = list(chunks(whole, usage="finish"))
        for made in (it for event in events for it in event["choices"][0]["delta"].get("tool_calls", [])):
            # In Mistral's streams every piece has a name, which is empty after the first.
            made["function"].setdefault("name", "")
        return self.agree(whole, events)

    def test_text(self):
        said = self.of("Oslo is the capital.")
        self.assertEqual((said["text"], said["tokens"]), ("Oslo is the capital.", (38, 8, 9)))

    def test_text_cut_by_the_limit(self):
        self.assertEqual(self.of("Oslo is", finish="length")["finish"], "cut")

    def test_thinking(self):
        whole = reply([THINKING, TEXT])
        pieces = [{"content": [THINKING]}, {"content": "Os"}, {"content": [{"type": "text", "text": "lo."}]}]
        events = list(chunks(reply(""), usage="finish"))
        said = [{**events[0], "choices": [{"index": 0, "delta": it, "finish_reason": None}]} for it in pieces]
        said = self.agree(whole, [events[0], *said, events[-1]])
        self.assertEqual((said["thinking"], said["text"]), ("Norway.", "Oslo."))

    def test_parallel_calls_whose_arguments_come_by_turns(self):
        said = self.of("", [call("aaaaaaaa1", "Oslo"), call("aaaaaaaa2", "Rome")], "tool_calls")
        self.assertEqual([it[2]["city"] for it in said["calls"]], ["Oslo", "Rome"])
        self.assertEqual(said["finish"], "calls")

    @unittest.skipUnless(RECORDINGS.exists(), "there are no recordings")
    def test_every_recording(self):
        for file in sorted(RECORDINGS.glob("*.json")):
            with self.subTest(file.name):
                self.agree(json.loads(file.read_text()))
        for file in sorted(RECORDINGS.glob("*.chunks.txt")):
            with self.subTest(file.name):
                self.agree(None, [json.loads(line) for line in file.read_text().splitlines() if line])


class AConversation(unittest.TestCase):
    def test_tools_thinking_and_results_go_back_from_both(self):
        made = call("aaaaaaaa1", "Oslo")
        upstream.frames(reply([THINKING, TEXT], [made], "tool_calls"), None)
        functions = [{"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}]
        asked = {"model": "chat", "tools": functions, "tool_choice": "required"}
        said = of_openai.chat.completions.create(messages=ASK, **asked).choices[0].message
        result = {"role": "tool", "tool_call_id": "aaaaaaaa1", "content": "sunny"}
        turns = [*ASK, said.model_dump(exclude_none=True), result]
        of_openai.chat.completions.create(messages=turns, **asked)
        self.check_sent()
        tools = [{"name": "weather", "input_schema": PARAMETERS}]
        asked = {"model": "chat", "max_tokens": 99, "tools": tools, "tool_choice": {"type": "any"}}
        said = of_anthropic.messages.create(messages=ASK, **asked)
        turn = {"role": "assistant", "content": [it.to_dict() for it in said.content]}
        result = {"type": "tool_result", "tool_use_id": "aaaaaaaa1", "content": "sunny"}
        turns = [*ASK, turn, {"role": "user", "content": [result]}]
        of_anthropic.messages.create(messages=turns, **asked)
        self.check_sent()

    def check_sent(self):
        sent = upstream.sent()
        self.assertEqual(sent["tool_choice"], "any")
        _, said, result = sent["messages"]
        thinking = next(it for it in said["content"] if it["type"] == "thinking")
        self.assertEqual(thinking["thinking"], THINKING["thinking"])
        self.assertEqual((said["tool_calls"][0]["id"], result["tool_call_id"]), ("aaaaaaaa1", "aaaaaaaa1"))
        self.assertEqual((result["name"], result["content"]), ("weather", "sunny"))

    def test_vectors(self):
        vector = {"object": "embedding", "index": 0, "embedding": [0.5, -1.0]}
        usage = {"prompt_tokens": 3, "total_tokens": 3}
        body = {"id": "e", "object": "list", "data": [vector], "model": "m", "usage": usage}
        upstream.frames(body, None)
        made = of_openai.embeddings.create(model="vectors", input="a", dimensions=2)
        self.assertEqual(made.data[0].embedding, [0.5, -1.0])
        self.assertEqual((made.usage.prompt_tokens, upstream.sent()["output_dimension"]), (3, 2))
        with Mistral(api_key="unused", server_url=upstream.url) as client:
            own = client.embeddings.create(model="m", inputs="a")
        self.assertEqual(own.data[0].embedding, made.data[0].embedding)


class Errors(unittest.TestCase):
    def test_a_request_at_fault(self):
        kind = "invalid_request_message_order"
        fault = {"object": "error", "message": "Unexpected role", "type": kind, "code": "3230"}
        upstream.frames(fault, None, 400)
        with self.assertRaisesRegex(MistralError, "Unexpected role"):
            readings["Mistral"][0]("chat")
        with self.assertRaisesRegex(openai.BadRequestError, "Unexpected role") as raised:
            readings["OpenAI"][0]("chat")
        self.assertEqual(raised.exception.type, "invalid_request_message_order")
        with self.assertRaisesRegex(anthropic.BadRequestError, "Unexpected role"):
            readings["Anthropic"][1]("chat")

    def test_a_limit(self):
        upstream.frames({"object": "error", "message": "Rate limit exceeded", "type": "rate_limited"}, None, 429)
        with self.assertRaisesRegex(openai.RateLimitError, "rate limited"):
            readings["OpenAI"][0]("chat")
        with self.assertRaisesRegex(anthropic.RateLimitError, "rate limited"):
            readings["Anthropic"][1]("chat")

    def test_a_stream_that_breaks_off_is_no_answer(self):
        upstream.frames(None, list(chunks(reply("Oslo is the capital.")))[:3], end="")
        with self.assertRaises(openai.APIError):
            readings["OpenAI"][1]("chat")
        with self.assertRaises(anthropic.APIStatusError):
            readings["Anthropic"][1]("chat")


if __name__ == "__main__":
    unittest.main()
