"""The official Anthropic SDK for Python, unchanged, against a running gateway.

Every story is told twice, over an OpenAI-shaped and over an Anthropic-shaped upstream, and must end
equally; what OpenAI's API has no words for is told over Anthropic's alone. The upstreams are the
doubles of two vendors; a word in the user's last message chooses what they do. GATEWAY_URL says where
the gateway listens, GUARDED_URL where one that demands a key does, and GUARDED_KEY is such a key.
"""

import json
import os
import unittest

import anthropic
from pydantic import BaseModel

CLIENT = {
    "base_url": os.environ["GATEWAY_URL"],
    "api_key": "unused",
    "max_retries": 0,
    "timeout": 30,
}
# A PNG of one pixel.
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q"
    "DwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WEATHER = {
    "name": "get_weather",
    "description": "The weather in a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
INPUTS = [{"city": "Paris"}, {"city": "Oslo"}]
RESULT = "The tool said: 18 °C in Paris; 18 °C in Oslo."
# The budget is the least that Anthropic allows, and must be less than `max_tokens`.
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048}
CACHED = {"type": "ephemeral"}


class Forecast(BaseModel):
    """What the model is to answer with."""

    city: str
    degrees: int
    sunny: bool


@anthropic.beta_tool
def get_weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: The city's name.
    """
    return f"18 °C in {city}"


def user(content):
    return {"role": "user", "content": content}


def text(words, **members):
    return {"type": "text", "text": words, **members}


def setUpModule():
    global client
    client = anthropic.Anthropic(**CLIENT)


def tearDownModule():
    client.close()


class Asking:
    """How the stories ask; a subclass names the model."""

    model: str

    def request(self, word, **parameters):
        messages = parameters.pop("messages", None) or [user(f"Please: {word}")]
        return {"model": self.model, "max_tokens": 100, "messages": messages, **parameters}

    def ask(self, word, **parameters):
        return client.messages.create(**self.request(word, **parameters))

    def read(self, word, **parameters):
        """The events of a streamed answer."""
        with self.ask(word, stream=True, **parameters) as stream:
            return list(stream)

    def gather(self, word, **parameters):
        """The message that the streaming helper puts together."""
        with client.messages.stream(**self.request(word, **parameters)) as stream:
            return stream.get_final_message()

    def both(self, word, **parameters):
        """The same answer, buffered and streamed."""
        yield self.ask(word, **parameters)
        yield self.gather(word, **parameters)

    def refused(self, error, code, word, **parameters):
        """The exception of an answer that fails with this class and code."""
        with self.assertRaises(error) as caught:
            self.ask(word, **parameters)
        self.assertEqual(caught.exception.response.headers["x-error-code"], code)
        self.assertTrue(caught.exception.response.headers["x-request-id"])
        return caught.exception


class Stories(Asking):
    """What holds whatever the upstream."""

    # Text

    def test_a_buffered_answer(self):
        answer = self.ask("hello")
        self.assertEqual((answer.type, answer.role), ("message", "assistant"))
        self.assertEqual(answer.model, self.model)
        self.assertRegex(answer.id, "^msg_")
        [block] = answer.content
        self.assertEqual((block.type, block.text), ("text", "Hello, world! ☀"))
        self.assertEqual((answer.stop_reason, answer.stop_sequence), ("end_turn", None))
        self.assert_usage(answer.usage)

    def test_the_events_of_a_stream(self):
        events = self.read("hello")
        kinds = [event.type for event in events]
        self.assertEqual(kinds[:2], ["message_start", "content_block_start"])
        self.assertEqual(kinds[-3:], ["content_block_stop", "message_delta", "message_stop"])
        self.assertEqual(set(kinds[2:-3]), {"content_block_delta"})
        start, end = events[0].message, events[-2]
        self.assertEqual((start.model, start.content), (self.model, []))
        self.assertIsNone(start.stop_reason)
        self.assertRegex(start.id, "^msg_")
        self.assertEqual(text_of(events), "Hello, world! ☀")
        self.assertEqual((end.delta.stop_reason, end.delta.stop_sequence), ("end_turn", None))
        self.assertEqual(end.usage.output_tokens, 7)

    def test_the_streaming_helper(self):
        with client.messages.stream(**self.request("hello")) as stream:
            pieces = list(stream.text_stream)
            answer = stream.get_final_message()
        self.assertGreater(len(pieces), 1)
        self.assertEqual("".join(pieces), "Hello, world! ☀")
        self.assertEqual(answer.content[0].text, "Hello, world! ☀")
        self.assertEqual(answer.stop_reason, "end_turn")
        self.assert_usage(answer.usage)

    def test_an_answer_that_is_cut_by_its_limit(self):
        for answer in self.both("long", max_tokens=5):
            self.assertEqual(answer.content[0].text, "Once upon a time")
            self.assertEqual(answer.stop_reason, "max_tokens")

    def test_a_conversation_with_every_usual_parameter(self):
        messages = [
            user("Who are you?"),
            {"role": "assistant", "content": [text("A double.")]},
            user([text("Say"), text("hello")]),
        ]
        answer = self.ask(
            "", messages=messages, system="Be brief.", stop_sequences=["END"],
            metadata={"user_id": "somebody"},
        )
        self.assertEqual(answer.content[0].text, "Hello, world! ☀")

    def test_parts_that_are_marked_for_the_cache(self):
        system = [text("Be brief."), text("Be kind.", cache_control=CACHED)]
        messages = [user([text("Say", cache_control=CACHED), text("hello")])]
        tools = [{**WEATHER, "cache_control": CACHED}]
        for answer in self.both("", system=system, messages=messages, tools=tools):
            self.assertEqual(answer.content[0].text, "Hello, world! ☀")
            self.assert_usage(answer.usage)

    # Tools

    def test_one_tool_call(self):
        for answer in self.both("weather", tools=[WEATHER]):
            self.assertEqual(answer.stop_reason, "tool_use")
            self.assert_calls(answer.content, INPUTS[:1])

    def test_parallel_tool_calls(self):
        for choice in ["auto", "any"]:
            for answer in self.both("weathers", tools=[WEATHER], tool_choice={"type": choice}):
                self.assertEqual(answer.stop_reason, "tool_use")
                self.assert_calls(answer.content, INPUTS)

    def test_streamed_tool_calls_come_in_pieces(self):
        events = self.read("weathers", tools=[WEATHER])
        starts = [event for event in events if event.type == "content_block_start"]
        self.assertEqual([start.index for start in starts], [0, 1])
        self.assertEqual([start.content_block.type for start in starts], ["tool_use"] * 2)
        self.assertEqual([start.content_block.input for start in starts], [{}, {}])
        for index, expected in enumerate(INPUTS):
            deltas = [event for event in deltas_of(events) if event.index == index]
            pieces = [event.delta.partial_json for event in deltas]
            self.assertGreater(len([piece for piece in pieces if piece]), 1)
            self.assertEqual(json.loads("".join(pieces)), expected)
        # One block ends before the next begins.
        order = [event.index for event in events if hasattr(event, "index")]
        self.assertEqual(order, sorted(order))

    def test_the_results_of_tools_are_used(self):
        question = user("weathers")
        called = self.ask("", messages=[question], tools=[WEATHER])
        first, second = called.content
        results = [
            {"type": "tool_result", "tool_use_id": first.id, "content": "18 °C in Paris"},
            {
                "type": "tool_result", "tool_use_id": second.id, "is_error": False,
                "content": [text("18 °C in Oslo")],
            },
        ]
        messages = [question, {"role": "assistant", "content": called.content}, user(results)]
        for answer in self.both("", messages=messages, tools=[WEATHER]):
            self.assertEqual(answer.content[0].text, RESULT)

    def test_the_tool_runner(self):
        # Without a thread, because the gateway keeps no conversations; what it says to one is below.
        for stream in [False, True]:
            runner = client.beta.messages.tool_runner(
                **self.request("weathers"), tools=[get_weather], thread=False, stream=stream
            )
            self.assertEqual(runner.until_done().content[0].text, RESULT)

    def test_the_tool_runner_learns_that_there_are_no_threads(self):
        # By default the runner asks for a thread, in which a later turn holds only what is new. Whoever ignores that
        # loses the conversation; the API's own refusal makes the runner send all of it each time.
        runner = client.beta.messages.tool_runner(**self.request("weathers"), tools=[get_weather])
        self.assertEqual(runner.until_done().content[0].text, RESULT)

    # Structured output and images

    def test_json_that_conforms_to_a_schema(self):
        schema = Forecast.model_json_schema() | {"additionalProperties": False}
        wanted = {"format": {"type": "json_schema", "schema": schema}}
        for answer in self.both("json", output_config=wanted):
            expected = {"city": "Paris", "degrees": 18, "sunny": True}
            self.assertEqual(json.loads(answer.content[0].text), expected)

    def test_json_that_the_sdk_parses(self):
        answer = client.messages.parse(**self.request("json"), output_format=Forecast)
        self.assertEqual(answer.parsed_output, Forecast(city="Paris", degrees=18, sunny=True))

    def test_images(self):
        own = {"type": "base64", "media_type": "image/png", "data": PNG}
        elsewhere = {"type": "url", "url": "https://host.example/a.jpg"}
        for source, seen in [(own, "image/png"), (elsewhere, elsewhere["url"])]:
            image = {"type": "image", "source": source}
            answer = self.ask("", messages=[user([text("image"), image])])
            self.assertEqual(answer.content[0].text, f"I see {seen}")

    # Failures

    def test_an_upstream_that_finds_fault_with_the_request(self):
        for stream in [False, True]:
            error = self.refused(
                anthropic.BadRequestError, "INVALID_REQUEST", "error-400", stream=stream
            )
            self.assertEqual(error.type, "invalid_request_error")
            self.assertIn("The double was asked for an invalid request", error.api_message)

    def test_an_upstream_that_fails(self):
        for word in ["error-401", "error-500", "error-midway", "cut"]:
            with self.subTest(word):
                error = self.refused(anthropic.InternalServerError, "PROVIDER_ERROR", word)
                self.assertEqual((error.status_code, error.type), (502, "api_error"))
                self.assertNotIn("double-key", error.response.text)
        for stream in [False, True]:
            error = self.refused(anthropic.RateLimitError, "PROVIDER_RATE_LIMITED", "error-429", stream=stream)
            self.assertEqual(error.type, "rate_limit_error")
            self.assertIn("retry-after", error.response.headers)
        self.refused(anthropic.InternalServerError, "PROVIDER_ERROR", "error-500", stream=True)

    def test_a_stream_that_breaks_ends_with_an_error(self):
        for word in ["cut", "error-midway"]:
            with self.subTest(word):
                events = []
                with self.assertRaises(anthropic.APIStatusError) as caught:
                    # `extend` keeps what came before the exception.
                    events.extend(self.ask(word, stream=True))
                self.assertEqual(caught.exception.type, "api_error")
                self.assertEqual(text_of(events), "This text stays")
                kinds = {event.type for event in events}
                self.assertTrue(kinds.isdisjoint({"message_delta", "message_stop"}), kinds)

    def test_a_request_without_a_limit(self):
        with self.assertRaises(anthropic.BadRequestError) as caught:
            client.post(
                "/v1/messages", body={"model": self.model, "messages": [user("hello")]},
                cast_to=object,
            )
        self.assertIn("max_tokens", caught.exception.api_message)

    # Other versions of the API

    def test_a_client_of_the_version_before(self):
        # As the SDKs called until October 2026: an older version, and the key in a header of its own.
        headers = {"anthropic-version": "2023-06-01", "x-api-key": "unused"}
        extra = {"temperature": 0.5, "top_p": 0.9}
        answer = self.ask("hello", extra_headers=headers, extra_body=extra)
        self.assertEqual(answer.content[0].text, "Hello, world! ☀")

    def test_without_a_version_the_answer_is_simple(self):
        headers = {"anthropic-version": anthropic.Omit()}
        answer = client.post(
            "/v1/messages", body=self.request("hello"), cast_to=object, options={"headers": headers}
        )
        self.assertRegex(answer["id"], r"^msg_\d{13}$")
        self.assertEqual(answer["content"], "Hello, world! ☀")
        self.assertEqual((answer["stop_reason"], answer["stop_sequence"]), ("end_turn", None))
        self.assertEqual(set(answer["usage"]), {"input_tokens", "output_tokens"})
        self.assertIsInstance(answer["credits_charged"], float)

    # What several stories assert

    def assert_usage(self, usage):
        # Anthropic counts what came from the cache apart.
        tokens = (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens)
        self.assertEqual(tokens, (7, 4, 7))

    def assert_calls(self, blocks, inputs):
        self.assertEqual([block.input for block in blocks], inputs)
        self.assertEqual({(block.type, block.name) for block in blocks}, {("tool_use", "get_weather")})
        self.assertEqual(len({block.id for block in blocks}), len(inputs))


class OverOpenAI(Stories, unittest.TestCase):
    model = "over-openai"


class OverAnthropic(Stories, unittest.TestCase):
    model = "over-anthropic"

    def test_thinking(self):
        for answer in self.both("think", **THINKING):
            thought, said = answer.content
            self.assertEqual((thought.type, thought.thinking), ("thinking", "Six times seven."))
            self.assertTrue(thought.signature)
            self.assertEqual(said.text, "Forty-two")

    def test_thinking_is_sent_back_with_its_signature(self):
        # The double refuses a signature that is not its own.
        question = user("think")
        for said in self.both("", messages=[question], **THINKING):
            messages = [question, {"role": "assistant", "content": said.content}, user("hello")]
            answer = self.ask("", messages=messages, **THINKING)
            self.assertEqual(answer.content[0].text, "Hello, world! ☀")

    def test_counting_tokens(self):
        for parameters in [{}, {"system": "Be brief.", "tools": [WEATHER]}]:
            count = client.messages.count_tokens(
                model=self.model, messages=[user("hello")], **parameters
            )
            self.assertGreater(count.input_tokens, 0)


class OverEcho(Asking, unittest.TestCase):
    """Over the adapter that answers by itself, with what the vendors' doubles do not read."""

    model = "echo"

    def test_documents(self):
        pdf = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQK"}
        plain = {"type": "text", "media_type": "text/plain", "data": "Some text."}
        elsewhere = {"type": "url", "url": "https://host.example/a.pdf"}
        for source in [pdf, plain, elsewhere]:
            document = {"type": "document", "source": source, "title": "A document"}
            answer = self.ask("", messages=[user([document, text("What is this?")])])
            self.assertEqual(answer.type, "message")
            self.assertIn("What is this?", answer.content[0].text)

    def test_a_tool_that_failed_and_one_that_shows_an_image(self):
        calls = [
            {"type": "tool_use", "id": f"toolu_{n}", "name": "get_weather", "input": city}
            for n, city in enumerate(INPUTS)
        ]
        source = {"type": "base64", "media_type": "image/png", "data": PNG}
        results = [
            {"type": "tool_result", "tool_use_id": "toolu_0", "is_error": True, "content": "Lost."},
            {
                "type": "tool_result", "tool_use_id": "toolu_1",
                "content": [text("A map."), {"type": "image", "source": source}],
            },
        ]
        messages = [
            user("weathers"), {"role": "assistant", "content": calls}, user([*results, text("And?")])
        ]
        self.assertEqual(self.ask("", messages=messages, tools=[WEATHER]).type, "message")

    def test_counting_tokens(self):
        count = client.messages.count_tokens(model=self.model, messages=[user("one two")])
        more = client.messages.count_tokens(model=self.model, messages=[user("one two " * 50)])
        self.assertGreater(more.input_tokens, count.input_tokens)


class WithoutAModel(unittest.TestCase):
    def test_an_unknown_model(self):
        with self.assertRaises(anthropic.NotFoundError) as caught:
            client.messages.create(model="no-such-model", max_tokens=5, messages=[user("hello")])
        self.assertEqual(caught.exception.response.headers["x-error-code"], "INVALID_MODEL")
        self.assertEqual(caught.exception.type, "not_found_error")
        with self.assertRaises(anthropic.NotFoundError) as caught:
            client.models.retrieve("no-such-model")
        self.assertEqual(caught.exception.type, "not_found_error")

    def test_the_models_are_listed_page_by_page(self):
        listed = list(client.models.list(limit=3))
        ids = [model.id for model in listed]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertLessEqual({"over-openai", "over-anthropic", "echo"}, set(ids))
        for model in [listed[0], client.models.retrieve(ids[0])]:
            self.assertEqual((model.type, model.id, model.lifecycle), ("model", ids[0], "active"))
            self.assertEqual(model.created_at.year, 1970)
            self.assertTrue(model.display_name)
        last = client.models.list(limit=2, before_id=ids[2])
        self.assertEqual([model.id for model in last.data], ids[:2])
        with self.assertRaises(anthropic.BadRequestError):
            client.models.list(after_id="no-such-model")

    def test_a_base_url_with_the_version(self):
        with anthropic.Anthropic(**CLIENT | {"base_url": f"{CLIENT['base_url']}/v1/"}) as doubled:
            answer = doubled.messages.create(model="echo", max_tokens=50, messages=[user("hello")])
            self.assertEqual(answer.type, "message")


class Guarded(unittest.TestCase):
    """At the gateway that demands a key, and serves each key once a minute."""

    def client(self, key):
        guarded = anthropic.Anthropic(**CLIENT | {"base_url": os.environ["GUARDED_URL"], "api_key": key})
        self.addCleanup(guarded.close)
        return guarded

    def refused(self, error, code, guarded):
        with self.assertRaises(error) as caught:
            guarded.messages.create(model="echo", max_tokens=5, messages=[user("hello")])
        self.assertEqual(caught.exception.response.headers["x-error-code"], code)
        return caught.exception

    def test_a_key_that_nobody_has(self):
        stranger = self.client(f"rk_{'0' * 64}")
        error = self.refused(anthropic.AuthenticationError, "AUTHENTICATION_ERROR", stranger)
        self.assertEqual(error.type, "authentication_error")

    def test_a_key_that_is_used_too_often(self):
        guarded = self.client(os.environ["GUARDED_KEY"])
        answer = guarded.messages.create(model="echo", max_tokens=5, messages=[user("hello")])
        self.assertEqual(answer.content[0].text, "hello")
        error = self.refused(anthropic.RateLimitError, "MINUTE_REQUEST_LIMIT_EXCEEDED", guarded)
        self.assertEqual(error.type, "rate_limit_error")
        self.assertGreater(int(error.response.headers["retry-after"]), 0)


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_the_asynchronous_client_streams(self):
        async with anthropic.AsyncAnthropic(**CLIENT) as asynchronous:
            for model in ["over-openai", "over-anthropic"]:
                async with asynchronous.messages.stream(
                    model=model, max_tokens=50, messages=[user("hello")]
                ) as stream:
                    pieces = [piece async for piece in stream.text_stream]
                self.assertEqual("".join(pieces), "Hello, world! ☀")


def deltas_of(events):
    return [event for event in events if event.type == "content_block_delta"]


def text_of(events):
    deltas = [event.delta for event in deltas_of(events)]
    return "".join(delta.text for delta in deltas if delta.type == "text_delta")


if __name__ == "__main__":
    unittest.main()
