"""The SDKs of OpenAI and Anthropic over the vendors that the `openai` and `minimax` adapters connect.

Each script is also read by the SDK that the vendor recommends from the upstream itself: OpenAI's, or Groq's own. All
must agree on what it means, buffered and streamed.
"""

import json
import unittest
from pathlib import Path

import anthropic
import groq
import openai
from chat_replies import Chats, call, reply
from scripted import JSON_ERRORS, Gateway
from summaries import ASK, by_openai, clients_of, of_completion, readers

RECORDINGS = Path(__file__).parents[4] / "shared" / "fixtures"
PRICE = {"input_per_million": 1, "output_per_million": 2}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
THOUGHT = "Norway, I think."
DETAILS = [{"type": "reasoning.text", "id": "t-1", "format": "MiniMax-response-v1", "index": 0, "text": THOUGHT}]
# What each vendor calls thinking, and where the usage of its streams is.
VENDORS = {
    "cerebras": ("reasoning", "finish"),
    "deepseek": ("reasoning_content", "finish"),
    "fireworks": ("reasoning_content", "apart"),
    "glm": ("reasoning_content", "finish"),
    "groq": ("reasoning", "x_groq"),
    "kimi": ("reasoning_content", "finish"),
    "llama_cpp": ("reasoning_content", "apart"),
    "minimax": ("reasoning_details", "apart"),
    "openrouter": ("reasoning", "apart"),
    "qwen": ("reasoning_content", "apart"),
    "sglang": ("reasoning_content", "apart"),
    "together": ("reasoning", "apart"),
    "vllm": ("reasoning", "apart"),
    "xai": ("reasoning_content", "apart"),
}
BUFFERED, STREAMED = 0, 1
# What a client is told of a wrong key and a limit.
TOLD = {401: 502, 429: 429}
# Whose recordings are under another name.
RECORDED = {"alibaba": "qwen", "deepseek": "deepseek", "groq": "groq", "moonshotai": "kimi", "xai": "xai"}


def setUpModule():
    global upstream, direct, of_openai, of_anthropic, readings
    upstream = Chats()
    unittest.addModuleCleanup(upstream.close)
    providers, models = {}, {}
    for name in VENDORS:
        url = f"{upstream.url}/{name}"
        providers[name] = {"adapter": "openai", "base_url": url, "api_key": "k", "settings": {"preset": name}}
        models[name] = {"pricing": PRICE, "chain": [{"provider": name, "model": "m"}]}
    # MiniMax has an adapter of its own, whose chats use the preset.
    providers["minimax"] = {"adapter": "minimax", "base_url": f"{upstream.url}/minimax", "api_key": "k"}
    gateway = Gateway(providers, models, server=JSON_ERRORS)
    unittest.addModuleCleanup(gateway.close)
    of_openai, of_anthropic = clients_of(gateway)
    once = {"api_key": "unused", "max_retries": 0, "timeout": 30}
    direct = openai.OpenAI(base_url=upstream.url, **once)
    for client in (of_openai, of_anthropic, direct):
        unittest.addModuleCleanup(client.close)
    readings = readers(of_openai, of_anthropic)


class EverySdkAgrees(unittest.TestCase):
    def agree(self, vendor, form):
        """What the vendor's SDK reads of the script in this form; the gateway's clients must read the same."""
        expected = readers(direct, None)["OpenAI"][form]("m")
        for client, reads in readings.items():
            with self.subTest(vendor=vendor, client=client, streamed=bool(form)):
                self.assertEqual(reads[form](vendor), expected)
        return expected

    def of_each(self, *arguments, thinks=False, **parts):
        for vendor, (thinking, usage) in VENDORS.items():
            if thinks:
                parts = {**parts, thinking: DETAILS if thinking == "reasoning_details" else THOUGHT}
            upstream.say(reply(*arguments, **parts), usage=usage)
            said = self.agree(vendor, BUFFERED)
            self.assertEqual(self.agree(vendor, STREAMED), said)
            yield vendor, said
            parts.pop(thinking, None)

    def test_text(self):
        for vendor, said in self.of_each("Oslo is the capital."):
            self.assertEqual((said["text"], said["tokens"]), ("Oslo is the capital.", (38, 8, 9)), vendor)

    def test_text_cut_by_the_limit(self):
        for vendor, said in self.of_each("Oslo is", finish="length"):
            self.assertEqual(said["finish"], "cut", vendor)

    def test_thinking(self):
        for vendor, said in self.of_each("Oslo.", thinks=True):
            self.assertEqual((said["thinking"], said["text"]), (THOUGHT, "Oslo."), vendor)

    def test_parallel_calls_whose_arguments_come_by_turns(self):
        calls = [call("c_1", "Oslo"), call("c_2", "Rome")]
        expected = [("c_1", "weather", {"city": "Oslo"}), ("c_2", "weather", {"city": "Rome"})]
        for vendor, said in self.of_each(None, calls, "tool_calls", thinks=True):
            self.assertEqual((said["calls"], said["finish"]), (expected, "calls"), vendor)

    def test_tokens_of_reasoning(self):
        # Kimi's older streams have the usage in the choice, where OpenAI's SDK does not look.
        for vendor, (_, usage) in [*VENDORS.items(), ("kimi", (None, "choice"))]:
            upstream.say(reply("Oslo."), usage=usage)
            asked = {"model": vendor, "messages": ASK}
            whole = of_openai.chat.completions.create(**asked)
            *_, last = of_openai.chat.completions.create(stream=True, stream_options={"include_usage": True}, **asked)
            for used in (whole.usage, last.usage):
                self.assertEqual(used.completion_tokens_details.reasoning_tokens, 4, vendor)

    @unittest.skipUnless(RECORDINGS.exists(), "there are no recordings")
    def test_every_recording(self):
        for folder, vendor in RECORDED.items():
            for file in sorted((RECORDINGS / folder).glob("*.chunks.txt")):
                with self.subTest(file.name):
                    events = [json.loads(line) for line in file.read_text().splitlines() if line]
                    # OpenAI's SDK demands a word that the recording of Kimi has lost.
                    upstream.frames(None, [{"object": "chat.completion.chunk", **it} for it in events])
                    self.agree(vendor, STREAMED)
            for file in sorted((RECORDINGS / folder).glob("*.json")):
                with self.subTest(file.name):
                    upstream.frames(json.loads(file.read_text()), None)
                    self.agree(vendor, BUFFERED)


class GroqsOwnSdk(unittest.TestCase):
    def test_it_reads_the_same(self):
        client = groq.Groq(base_url=f"{upstream.url}/groq", api_key="unused", max_retries=0)
        self.addCleanup(client.close)
        asked = {"model": "m", "messages": ASK}
        for whole in (
            reply("Oslo.", reasoning=THOUGHT),
            reply(None, [call("c_1", "Oslo"), call("c_2", "Rome")], "tool_calls", reasoning=THOUGHT),
        ):
            upstream.say(whole, usage="x_groq")
            said = of_completion(client.chat.completions.create(**asked))
            self.assertEqual(by_openai(of_openai, "groq"), said)
            pieces = [it.choices[0].delta for it in client.chat.completions.create(stream=True, **asked)]
            streamed = readings["OpenAI"][1]("groq")
            self.assertEqual("".join(it.content or "" for it in pieces), streamed["text"])
            self.assertEqual("".join(it.reasoning or "" for it in pieces), streamed["thinking"])


class Errors(unittest.TestCase):
    def test_a_request_at_fault_keeps_its_code_and_its_parameter(self):
        error = {"message": "no such tool", "type": "invalid_request_error", "param": "tools", "code": "bad_tool"}
        for vendor in VENDORS:
            upstream.say({"error": error}, 400)
            with self.subTest(vendor):
                with self.assertRaises(openai.BadRequestError) as raised:
                    readings["OpenAI"][0](vendor)
                self.assertIn("no such tool", raised.exception.message)
                self.assertEqual((raised.exception.code, raised.exception.param), ("bad_tool", "tools"))
                with self.assertRaisesRegex(anthropic.BadRequestError, "no such tool"):
                    readings["Anthropic"][1](vendor)

    def test_a_limit_and_a_wrong_key_are_the_upstreams_matter(self):
        for vendor in VENDORS:
            for status in (401, 429):
                upstream.say({"error": {"message": "secret words", "type": "requests", "code": "x"}}, status)
                with self.subTest(vendor=vendor, status=status):
                    with self.assertRaises(openai.APIStatusError) as raised:
                        readings["OpenAI"][0](vendor)
                    self.assertNotIn("secret words", raised.exception.response.text)
                    self.assertEqual(raised.exception.status_code, TOLD[status])
                    with self.assertRaises(anthropic.APIStatusError) as raised:
                        readings["Anthropic"][1](vendor)
                    self.assertEqual(raised.exception.status_code, TOLD[status])

    def test_a_stream_that_breaks_off_or_fails_is_no_answer(self):
        for vendor in VENDORS:
            upstream.say(reply("Oslo is the capital."))
            begun = upstream.answers["*"][1][:3]
            failed = [*begun, {"error": {"message": "overloaded", "code": 503}}]
            for events, end in ((begun, ""), (failed, "data: [DONE]\n\n")):
                upstream.frames(None, events, end=end)
                with self.subTest(vendor=vendor, end=end):
                    with self.assertRaises(openai.APIError):
                        readings["OpenAI"][1](vendor)
                    with self.assertRaises(anthropic.APIStatusError):
                        readings["Anthropic"][1](vendor)


class MiniMax(unittest.TestCase):
    def test_a_failure_with_status_200(self):
        failure = {"status_code": 1002, "status_msg": "slow"}
        upstream.frames({"choices": None, "base_resp": failure}, None)
        with self.assertRaisesRegex(openai.RateLimitError, "rate limited"):
            readings["OpenAI"][0]("minimax")

    def test_thinking_goes_back_from_both(self):
        upstream.say(reply("Oslo.", [call("c_1", "Oslo")], "tool_calls", reasoning_details=DETAILS))
        result = {"role": "tool", "tool_call_id": "c_1", "content": "sunny"}
        tools = [{"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}]
        asked = {"model": "minimax", "tools": tools}
        said = of_openai.chat.completions.create(messages=ASK, **asked).choices[0].message
        turn = said.model_dump(exclude_none=True)
        of_openai.chat.completions.create(messages=[*ASK, turn, result], **asked)
        self.assertEqual(upstream.sent()["messages"][1]["reasoning_details"][0]["text"], THOUGHT)
        given = {"model": "minimax", "max_tokens": 99}
        said = of_anthropic.messages.create(messages=ASK, **given)
        turn = {"role": "assistant", "content": [it.to_dict() for it in said.content]}
        answer = {"type": "tool_result", "tool_use_id": "c_1", "content": "sunny"}
        turns = [*ASK, turn, {"role": "user", "content": [answer]}]
        of_anthropic.messages.create(messages=turns, **given)
        self.assertEqual(upstream.sent()["messages"][1]["reasoning_details"][0]["text"], THOUGHT)


if __name__ == "__main__":
    unittest.main()
