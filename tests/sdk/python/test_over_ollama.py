"""The official SDKs of OpenAI and Anthropic over an upstream that speaks Ollama's protocol.

Ollama's own SDK reads the same scripts from the upstream itself, and agrees on what they mean.
"""

import json
import unittest

import anthropic
import ollama
import openai
from scripted import Gateway, Upstream
from summaries import FINISH, readers, summary

PRICE = {"input_per_million": 1, "output_per_million": 1}
HI = [{"role": "user", "content": "Hi"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
END = {"done": True, "done_reason": "stop", "prompt_eval_count": 26, "eval_count": 7}
CALLS = [{"function": {"name": "weather", "arguments": {"city": it}}} for it in ("Paris", "Rome")]


class Lines(Upstream):
    """Streams are lines of JSON here."""

    def answer(self, path, request):
        whole, lines, status = self.answers[path]
        if request and request.get("stream") and lines is not None:
            text = "".join(json.dumps(line) + "\n" for line in lines)
            return status, "application/x-ndjson", text.encode()
        return status, "application/json", json.dumps(whole).encode()

    def say(self, *pieces):
        """A reply in these pieces, for a client of either kind."""
        message = {"role": "assistant"}
        for name in ("thinking", "content"):
            message[name] = "".join(piece.get(name, "") for piece in pieces)
        message["tool_calls"] = [call for piece in pieces for call in piece.get("tool_calls", [])]
        head = {"model": "qwen3:8b", "created_at": "2026-08-21T18:48:22.496249Z"}
        lines = [{**head, "message": {"role": "assistant", **it}, "done": False} for it in pieces]
        end = {**head, "message": {"role": "assistant", "content": ""}, **END}
        self.script("/api/chat", {**head, "message": message, **END}, [*lines, end])

    def sent(self):
        return self.requests[-1][2]


def setUpModule():
    global upstream, of_openai, of_anthropic, own
    upstream = Lines()
    unittest.addModuleCleanup(upstream.close)
    chain = [{"provider": "ollama", "model": "qwen3:8b"}]
    models = {
        "chat": {"pricing": PRICE, "chain": chain},
        "vectors": {"capability": "embeddings", "pricing": PRICE, "chain": chain},
    }
    gateway = Gateway({"ollama": {"adapter": "ollama", "base_url": upstream.url}}, models)
    unittest.addModuleCleanup(gateway.close)
    usual = {"api_key": "unused", "max_retries": 0, "timeout": 30}
    of_openai = openai.OpenAI(base_url=gateway.url + "/v1", **usual)
    unittest.addModuleCleanup(of_openai.close)
    of_anthropic = anthropic.Anthropic(base_url=gateway.url, **usual)
    unittest.addModuleCleanup(of_anthropic.close)
    own = ollama.Client(host=upstream.url)
    unittest.addModuleCleanup(own.close)


def by_ollama(stream):
    """Its calls have no ids."""
    said = own.chat(model="qwen3:8b", messages=HI, stream=stream)
    pieces = list(said) if stream else [said]
    text = "".join(it.message.content or "" for it in pieces)
    thinking = "".join(it.message.thinking or "" for it in pieces)
    made = [it.function for piece in pieces for it in piece.message.tool_calls or []]
    finish = "calls" if made else FINISH[pieces[-1].done_reason]
    tokens = (pieces[-1].prompt_eval_count, 0, pieces[-1].eval_count)
    return summary(text, thinking, [(it.name, dict(it.arguments)) for it in made], finish, tokens)


class EverySdkAgrees(unittest.TestCase):
    def agree(self, *pieces, reason="stop"):
        upstream.say(*pieces)
        whole, lines, _ = upstream.answers["/api/chat"]
        upstream.script("/api/chat", {**whole, "done_reason": reason}, [*lines[:-1], {**lines[-1], "done_reason": reason}])
        expected = by_ollama(stream=False)
        self.assertEqual(by_ollama(stream=True), expected)
        for client, reads in readers(of_openai, of_anthropic).items():
            for read in reads:
                with self.subTest(client=client):
                    said = read("chat")
                    said["calls"] = [(name, arguments) for _, name, arguments in said["calls"]]
                    self.assertEqual(said, expected)
        return expected

    def test_thinking_and_text(self):
        said = self.agree({"thinking": "Hm."}, {"content": "Hel"}, {"content": "lo"})
        self.assertEqual((said["thinking"], said["text"], said["tokens"]), ("Hm.", "Hello", (26, 0, 7)))

    def test_text_cut_by_the_limit(self):
        self.assertEqual(self.agree({"content": "Hel"}, reason="length")["finish"], "cut")

    def test_parallel_calls(self):
        said = self.agree({"tool_calls": CALLS[:1]}, {"tool_calls": CALLS[1:]})
        self.assertEqual(said["calls"], [("weather", {"city": "Paris"}), ("weather", {"city": "Rome"})])


class OfOpenAI(unittest.TestCase):
    def ask(self, **parameters):
        return of_openai.chat.completions.create(model="chat", messages=HI, **parameters)

    def test_thinking_and_text(self):
        upstream.say({"thinking": "Hm."}, {"content": "Hel"}, {"content": "lo"})
        made = self.ask(reasoning_effort="high")
        message = made.choices[0].message
        self.assertEqual((message.content, message.reasoning_content), ("Hello", "Hm."))
        self.assertEqual(made.usage.total_tokens, 33)
        self.assertEqual(upstream.sent()["think"], "high")
        self.assertEqual(upstream.sent()["options"], {"num_ctx": 32768})
        self.assertIs(upstream.sent()["truncate"], False)

    def test_a_stream(self):
        upstream.say({"thinking": "Hm."}, {"content": "Hel"}, {"content": "lo"})
        chunks = list(self.ask(stream=True, stream_options={"include_usage": True}))
        text = "".join(it.choices[0].delta.content or "" for it in chunks if it.choices)
        self.assertEqual(text, "Hello")
        self.assertEqual(chunks[-1].usage.completion_tokens, 7)
        self.assertEqual(len({it.id for it in chunks}), 1)

    def test_parallel_calls(self):
        upstream.say({"tool_calls": CALLS[:1]}, {"tool_calls": CALLS[1:]})
        tools = [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]
        choice = self.ask(tools=tools).choices[0]
        self.assertEqual(choice.finish_reason, "tool_calls")
        arguments = [json.loads(it.function.arguments)["city"] for it in choice.message.tool_calls]
        self.assertEqual(arguments, ["Paris", "Rome"])
        with self.assertRaises(openai.BadRequestError) as caught:
            self.ask(tools=tools, tool_choice="required")
        self.assertIn("tool_choice", caught.exception.response.text)

    def test_a_stream_that_breaks_off_or_fails_is_not_complete(self):
        upstream.say({"content": "Hel"})
        whole, lines, _ = upstream.answers["/api/chat"]
        for broken in (lines[:1], [lines[0], {"error": "the model ended"}]):
            upstream.script("/api/chat", whole, broken)
            with self.assertRaises(openai.APIError):
                list(self.ask(stream=True))

    def test_a_prompt_that_is_too_long(self):
        error = {"error": "the input length exceeds the context length"}
        upstream.script("/api/chat", error, status=400)
        with self.assertRaises(openai.BadRequestError) as caught:
            self.ask()
        self.assertEqual(caught.exception.body["message"], error["error"])
        self.assertEqual(caught.exception.code, "context_length_exceeded")

    def test_vectors(self):
        upstream.script("/api/embed", {"embeddings": [[0.5, -1.0]], "prompt_eval_count": 3})
        made = of_openai.embeddings.create(model="vectors", input="a")
        self.assertEqual(made.data[0].embedding, [0.5, -1.0])
        self.assertEqual(made.usage.prompt_tokens, 3)


class OfAnthropic(unittest.TestCase):
    def test_a_turn_with_tools_and_thinking_goes_back(self):
        upstream.say({"thinking": "Two."}, {"tool_calls": CALLS})
        tools = [{"name": "weather", "input_schema": SCHEMA}]
        usual = {"model": "chat", "max_tokens": 50, "tools": tools}
        asked = of_anthropic.messages.create(messages=HI, **usual)
        with of_anthropic.messages.stream(messages=HI, **usual) as stream:
            streamed = stream.get_final_message()
        kinds = [block.type for block in asked.content]
        self.assertEqual(kinds, ["thinking", "tool_use", "tool_use"])
        self.assertEqual(asked.content, streamed.content)
        calls = [block for block in asked.content if block.type == "tool_use"]
        results = [
            {"type": "tool_result", "tool_use_id": it.id, "content": it.input["city"]}
            for it in calls
        ]
        turns = [
            {"role": "assistant", "content": [block.model_dump() for block in asked.content]},
            {"role": "user", "content": results},
        ]
        upstream.say({"content": "Done."})
        answer = of_anthropic.messages.create(messages=HI + turns, **usual)
        self.assertEqual(answer.content[0].text, "Done.")
        _, said, first, second = upstream.sent()["messages"]
        self.assertEqual(said["thinking"], "Two.")
        self.assertEqual(said["tool_calls"][0]["function"]["arguments"], {"city": "Paris"})
        self.assertEqual((first["tool_name"], second["content"]), ("weather", "Rome"))


if __name__ == "__main__":
    unittest.main()
