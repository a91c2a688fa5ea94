"""The official SDKs of OpenAI and Anthropic over Google's Gemini API, and what Google's own SDK reads there.

Google's SDK asks the same upstream directly, and all must agree on what a reply says.
"""

import json
import unittest

import anthropic
import openai
from gemini_replies import Gemini
from google import genai
from scripted import Gateway

PRICE = {"input_per_million": 1, "output_per_million": 2}
ONCE = {"api_key": "unused", "max_retries": 0, "timeout": 30}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
OPENAI_TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]
ANTHROPIC_TOOLS = [{"name": "weather", "input_schema": SCHEMA}]
HELLO = {"role": "user", "content": "Hello"}
SIGNED_CALLS = [None, "CiQBcall", None]


def setUpModule():
    global upstream, of_openai, of_anthropic, of_google
    upstream = Gemini()
    unittest.addModuleCleanup(upstream.close)
    gemini = {"adapter": "gemini", "base_url": f"{upstream.url}/v1beta", "api_key": "k"}
    chain = lambda model: {"pricing": PRICE, "chain": [{"provider": "gemini", "model": model}]}
    models = {model: chain(model) for model in ("text-double", "tools-double", "blocked-double")}
    gateway = Gateway({"gemini": gemini}, models)
    unittest.addModuleCleanup(gateway.close)
    of_openai = openai.OpenAI(base_url=f"{gateway.url}/v1", **ONCE)
    of_anthropic = anthropic.Anthropic(base_url=gateway.url, **ONCE)
    of_google = genai.Client(api_key="unused", http_options={"base_url": upstream.url})
    for client in (of_openai, of_anthropic, of_google):
        unittest.addModuleCleanup(client.close)


def sent():
    """What the upstream was sent last."""
    return upstream.requests[-1][2]


def signatures():
    """The signatures in the model's first turn, part by part, as they were sent back."""
    turn = next(turn for turn in sent()["contents"] if turn["role"] == "model")
    return [part.get("thoughtSignature") for part in turn["parts"]]


def google(model, stream):
    """Text, thoughts, calls, and tokens of the prompt and of the reply, by Google's SDK."""
    models = of_google.models
    asked = {"model": model, "contents": "Hello"}
    replies = list(models.generate_content_stream(**asked)) if stream else [models.generate_content(**asked)]
    parts = [part for reply in replies for part in reply.candidates[0].content.parts]
    usage = replies[-1].usage_metadata
    said = lambda thought: "".join(part.text for part in parts if part.text and bool(part.thought) is thought)
    calls = [(part.function_call.name, part.function_call.args) for part in parts if part.function_call]
    tokens = usage.candidates_token_count + usage.thoughts_token_count
    return said(False), said(True), calls, (usage.prompt_token_count, tokens)


def ask_openai(model, stream, **request):
    request = {"model": model, "messages": [HELLO], **request}
    if not stream:
        return of_openai.chat.completions.create(**request)
    with of_openai.chat.completions.stream(stream_options={"include_usage": True}, **request) as events:
        return events.get_final_completion()


def ask_anthropic(model, stream, **request):
    request = {"model": model, "max_tokens": 3000, "messages": [HELLO], **request}
    if not stream:
        return of_anthropic.messages.create(**request)
    with of_anthropic.messages.stream(**request) as events:
        return events.get_final_message()


class Stories:
    """What holds for buffered and for streamed replies."""

    stream: bool

    def test_all_sdks_agree_on_what_a_reply_says(self):
        for model in ("text-double", "tools-double"):
            expected = google(model, self.stream)
            reply = ask_openai(model, self.stream)
            message, usage = reply.choices[0].message, reply.usage
            calls = [(call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls or []]
            thoughts = getattr(message, "reasoning_content", None) or ""
            tokens = (usage.prompt_tokens, usage.completion_tokens)
            self.assertEqual((message.content, thoughts, calls, tokens), expected)
            self.assertEqual(usage.prompt_tokens_details.cached_tokens, 8)
            self.assertEqual(usage.completion_tokens_details.reasoning_tokens, 7)
            self.assertEqual(reply.choices[0].finish_reason, "tool_calls" if calls else "stop")
            reply = ask_anthropic(model, self.stream)
            of = lambda kind, name: [getattr(block, name) for block in reply.content if block.type == kind]
            calls = list(zip(of("tool_use", "name"), of("tool_use", "input")))
            usage = reply.usage
            tokens = (usage.input_tokens + usage.cache_read_input_tokens, usage.output_tokens)
            said = ("".join(of("text", "text")), "".join(of("thinking", "thinking")), calls, tokens)
            self.assertEqual(said, expected)
            self.assertEqual(reply.stop_reason, "tool_use" if calls else "end_turn")

    def test_signatures_come_back_whichever_of_their_two_forms_openais_client_keeps(self):
        message = ask_openai("tools-double", self.stream, tools=OPENAI_TOOLS).choices[0].message
        whole = message.model_dump(exclude_none=True)
        bare = [{name: call[name] for name in ("id", "type", "function")} for call in whole["tool_calls"]]
        standard = {"role": "assistant", "content": whole["content"], "tool_calls": bare}
        for kept, expected in [
            (whole, SIGNED_CALLS),
            ({**standard, "tool_calls": whole["tool_calls"]}, SIGNED_CALLS),
            ({**standard, "thinking_blocks": whole["thinking_blocks"]}, SIGNED_CALLS),
            (standard, [None, "skip_thought_signature_validator", None]),
        ]:
            results = [{"role": "tool", "tool_call_id": call["id"], "content": "sunny"} for call in bare]
            turns = {"messages": [HELLO, kept, *results], "tools": OPENAI_TOOLS}
            ask_openai("tools-double", self.stream, **turns)
            self.assertEqual(signatures(), expected)

    def test_signatures_come_back_from_anthropics_client(self):
        asked = {"tools": ANTHROPIC_TOOLS, "thinking": {"type": "enabled", "budget_tokens": 2000}}
        reply = ask_anthropic("tools-double", self.stream, **asked)
        said = [block.model_dump(exclude_none=True) for block in reply.content]
        ids = [block.id for block in reply.content if block.type == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": id, "content": "sunny"} for id in ids]
        turns = [HELLO, {"role": "assistant", "content": said}, {"role": "user", "content": results}]
        answer = ask_anthropic("tools-double", self.stream, messages=turns, **asked)
        self.assertEqual(signatures(), SIGNED_CALLS)
        self.assertEqual(sent()["generationConfig"]["thinkingConfig"], {"thinkingLevel": "LOW", "includeThoughts": True})
        said = [block.model_dump(exclude_none=True) for block in answer.content]
        turns = [HELLO, {"role": "assistant", "content": said}, HELLO]
        ask_anthropic("text-double", self.stream, messages=turns)
        self.assertEqual(signatures(), ["CiQBtext"])

    def test_a_blocked_prompt_is_refused_to_the_client(self):
        with self.assertRaises(openai.BadRequestError):
            ask_openai("blocked-double", self.stream)
        with self.assertRaises(anthropic.BadRequestError):
            ask_anthropic("blocked-double", self.stream)


class Buffered(Stories, unittest.TestCase):
    stream = False

    def test_tokens_are_counted(self):
        count = of_anthropic.messages.count_tokens(model="text-double", messages=[HELLO])
        self.assertEqual(count.input_tokens, 31)
        self.assertEqual(sent()["generateContentRequest"]["model"], "models/text-double")


class Streamed(Stories, unittest.TestCase):
    stream = True
