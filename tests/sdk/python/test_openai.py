"""The official OpenAI SDK for Python, unchanged, against a running gateway.

Every story is told twice, over an OpenAI-shaped and over an Anthropic-shaped upstream, and must end
equally. The upstreams are the doubles of two vendors; a word in the user's last message chooses what
they do. GATEWAY_URL says where the gateway listens.
"""

import json
import os
import unittest

import openai
from pydantic import BaseModel

GATEWAY = os.environ["GATEWAY_URL"]
CLIENT = {"base_url": f"{GATEWAY}/v1", "api_key": "unused", "max_retries": 0, "timeout": 30}
# A PNG of one pixel.
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q"
    "DwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
ARGUMENTS = [{"city": "Paris"}, {"city": "Oslo"}]


class Forecast(BaseModel):
    """What the model is to answer with."""

    city: str
    degrees: int
    sunny: bool


def user(content):
    return {"role": "user", "content": content}


def setUpModule():
    global client
    client = openai.OpenAI(**CLIENT)


def tearDownModule():
    client.close()


class Stories:
    """What holds whatever the upstream; a subclass names the model."""

    model: str
    provider: str

    def ask(self, word, **parameters):
        messages = parameters.pop("messages", None) or [user(f"Please: {word}")]
        return client.chat.completions.create(model=self.model, messages=messages, **parameters)

    def read(self, word, **parameters):
        """The chunks of a streamed answer."""
        with self.ask(word, stream=True, **parameters) as stream:
            return list(stream)

    def refused(self, error, code, word="hello", **parameters):
        """The exception of an answer that fails with this class and code."""
        with self.assertRaises(error) as caught:
            self.ask(word, **parameters)
        self.assertEqual(caught.exception.response.headers["x-error-code"], code)
        self.assertTrue(caught.exception.response.headers["x-request-id"])
        return caught.exception

    # Text

    def test_a_buffered_answer(self):
        answer = self.ask("hello")
        self.assertEqual(answer.object, "chat.completion")
        self.assertEqual(answer.model, self.model)
        self.assertTrue(answer.id)
        self.assertGreater(answer.created, 0)
        [choice] = answer.choices
        self.assertEqual(choice.message.role, "assistant")
        self.assertEqual(choice.message.content, "Hello, world! ☀")
        self.assertIsNone(choice.message.tool_calls)
        self.assertEqual(choice.finish_reason, "stop")
        self.assert_usage(answer.usage)
        self.assert_extensions(answer)

    def test_a_streamed_answer(self):
        chunks = self.read("hello")
        self.assertEqual({chunk.object for chunk in chunks}, {"chat.completion.chunk"})
        self.assertEqual({chunk.model for chunk in chunks}, {self.model})
        self.assertEqual(len({chunk.id for chunk in chunks}), 1)
        self.assertEqual(chunks[0].choices[0].delta.role, "assistant")
        self.assertEqual(text_of(chunks), "Hello, world! ☀")
        self.assertEqual(finish_reasons(chunks), ["stop"])
        self.assertTrue(all(chunk.usage is None for chunk in chunks))
        self.assertTrue(all(chunk.choices for chunk in chunks))
        self.assert_extensions(chunks[-1])

    def test_usage_in_the_stream(self):
        *chunks, last = self.read("hello", stream_options={"include_usage": True})
        self.assertEqual(last.choices, [])
        self.assert_usage(last.usage)
        self.assert_extensions(last)
        self.assertTrue(all(chunk.usage is None for chunk in chunks))
        self.assertEqual(finish_reasons(chunks), ["stop"])

    def test_an_answer_that_is_cut_by_its_limit(self):
        self.assertEqual(self.ask("long", max_tokens=5).choices[0].finish_reason, "length")
        chunks = self.read("long", max_completion_tokens=5)
        self.assertEqual((text_of(chunks), finish_reasons(chunks)), ("Once upon a time", ["length"]))

    def test_a_conversation_with_every_usual_parameter(self):
        messages = [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
            user("Who are you?"),
            {"role": "assistant", "content": "A double."},
            user([{"type": "text", "text": "Say"}, {"type": "text", "text": "hello"}]),
        ]
        answer = self.ask(
            "", messages=messages, temperature=0.5, top_p=0.9, max_tokens=50, stop=["END"], seed=7,
            presence_penalty=0.1, frequency_penalty=0.1, user="somebody", n=1,
        )
        self.assertEqual(answer.choices[0].message.content, "Hello, world! ☀")

    def test_reasoning(self):
        message = self.ask("think", reasoning_effort="low").choices[0].message
        self.assertEqual(message.reasoning_content, "Six times seven.")
        self.assertEqual(message.content, "Forty-two")
        chunks = self.read("think", reasoning_effort="low")
        deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
        reasoning = "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas)
        self.assertEqual((reasoning, text_of(chunks)), ("Six times seven.", "Forty-two"))

    def test_reasoning_can_be_sent_back(self):
        question = user("think")
        said = self.ask("", messages=[question], reasoning_effort="low").choices[0].message
        messages = [question, said.model_dump(exclude_none=True), user("hello")]
        answer = self.ask("", messages=messages, reasoning_effort="low")
        self.assertEqual(answer.choices[0].message.content, "Hello, world! ☀")

    # Tools

    def test_one_tool_call(self):
        choice = self.ask("weather", tools=[WEATHER]).choices[0]
        self.assertEqual(choice.finish_reason, "tool_calls")
        self.assertIsNone(choice.message.content)
        self.assert_calls(choice.message.tool_calls, ARGUMENTS[:1])

    def test_parallel_tool_calls(self):
        choice = self.ask("weathers", tools=[WEATHER], tool_choice="required").choices[0]
        self.assertEqual(choice.finish_reason, "tool_calls")
        self.assert_calls(choice.message.tool_calls, ARGUMENTS)

    def test_streamed_tool_calls_come_in_pieces(self):
        chunks = self.read("weathers", tools=[WEATHER])
        deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
        pieces = [piece for delta in deltas for piece in delta.tool_calls or []]
        self.assertEqual([piece.function.name for piece in pieces if piece.id], ["get_weather"] * 2)
        for index, expected in enumerate(ARGUMENTS):
            mine = [piece.function.arguments or "" for piece in pieces if piece.index == index]
            self.assertGreater(len([piece for piece in mine if piece]), 1)
            self.assertEqual(json.loads("".join(mine)), expected)
        self.assertEqual(finish_reasons(chunks), ["tool_calls"])

    def test_the_streaming_helper_puts_tool_calls_together(self):
        with client.chat.completions.stream(
            model=self.model, messages=[user("weathers")], tools=[WEATHER]
        ) as stream:
            final = stream.get_final_completion()
        self.assert_calls(final.choices[0].message.tool_calls, ARGUMENTS)

    def test_the_results_of_tools_are_used(self):
        question = user("weathers")
        called = self.ask("", messages=[question], tools=[WEATHER]).choices[0].message
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": f"18 °C in {city['city']}"}
            for call, city in zip(called.tool_calls, ARGUMENTS)
        ]
        messages = [question, called.model_dump(exclude_none=True), *results]
        expected = "The tool said: 18 °C in Paris; 18 °C in Oslo."
        answer = self.ask("", messages=messages, tools=[WEATHER])
        self.assertEqual(answer.choices[0].message.content, expected)
        self.assertEqual(text_of(self.read("", messages=messages, tools=[WEATHER])), expected)

    # Structured output and images

    def test_json_that_conforms_to_a_schema(self):
        schema = {"name": "forecast", "strict": True, "schema": closed(Forecast)}
        wanted = {"type": "json_schema", "json_schema": schema}
        expected = {"city": "Paris", "degrees": 18, "sunny": True}
        answer = self.ask("json", response_format=wanted)
        self.assertEqual(json.loads(answer.choices[0].message.content), expected)
        self.assertEqual(json.loads(text_of(self.read("json", response_format=wanted))), expected)

    def test_json_that_the_sdk_parses(self):
        answer = client.chat.completions.parse(
            model=self.model, messages=[user("json")], response_format=Forecast
        )
        expected = Forecast(city="Paris", degrees=18, sunny=True)
        self.assertEqual(answer.choices[0].message.parsed, expected)

    def test_images(self):
        for url, seen in [(PNG, "image/png"), ("https://host.example/a.jpg",) * 2]:
            image = {"type": "image_url", "image_url": {"url": url}}
            answer = self.ask("", messages=[user([{"type": "text", "text": "image"}, image])])
            self.assertEqual(answer.choices[0].message.content, f"I see {seen}")

    # Failures

    def test_an_upstream_that_finds_fault_with_the_request(self):
        error = self.refused(openai.BadRequestError, "INVALID_REQUEST", "error-400")
        self.assertIn("The double was asked for an invalid request", error.response.text)

    def test_an_upstream_that_fails(self):
        for word in ["error-401", "error-500", "error-midway", "cut"]:
            with self.subTest(word):
                error = self.refused(openai.InternalServerError, "PROVIDER_ERROR", word)
                self.assertEqual((error.status_code, error.code), (502, "PROVIDER_ERROR"))
                self.assertNotIn("double-key", error.response.text)
        for stream in [False, True]:
            error = self.refused(openai.RateLimitError, "PROVIDER_RATE_LIMITED", "error-429", stream=stream)
            self.assertEqual((error.code, error.type), ("PROVIDER_RATE_LIMITED", "rate_limit_error"))

    def test_an_upstream_that_fails_before_the_stream_begins(self):
        self.refused(openai.InternalServerError, "PROVIDER_ERROR", "error-500", stream=True)
        self.refused(openai.BadRequestError, "INVALID_REQUEST", "error-400", stream=True)

    def test_a_stream_that_breaks_ends_with_an_error(self):
        for word in ["cut", "error-midway"]:
            with self.subTest(word):
                chunks = []
                with self.assertRaises(openai.APIError):
                    chunks.extend(self.ask(word, stream=True))
                # `extend` keeps what came before the exception.
                self.assertEqual(text_of(chunks), "This text stays")
                self.assertEqual(finish_reasons(chunks), [])

    def test_a_request_without_messages(self):
        with self.assertRaises(openai.BadRequestError) as caught:
            client.post("/chat/completions", body={"model": self.model}, cast_to=object)
        self.assertIn("messages", caught.exception.response.text)

    # Models

    def test_the_model_is_listed(self):
        self.assertIn(self.model, [model.id for model in client.models.list()])
        self.assertEqual(client.models.retrieve(self.model).id, self.model)

    # What several stories assert

    def assert_usage(self, usage):
        tokens = (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
        self.assertEqual(tokens, (11, 7, 18))
        self.assertEqual(usage.prompt_tokens_details.cached_tokens, 4)

    def assert_extensions(self, answer):
        self.assertEqual(answer.provider, self.provider)
        self.assertIsInstance(answer.latency_ms, int)

    def assert_calls(self, calls, arguments):
        self.assertEqual([json.loads(call.function.arguments) for call in calls], arguments)
        self.assertEqual({call.function.name for call in calls}, {"get_weather"})
        self.assertEqual({call.type for call in calls}, {"function"})
        self.assertEqual(len({call.id for call in calls}), len(arguments))


class OverOpenAI(Stories, unittest.TestCase):
    model = "over-openai"
    provider = "openai-like"

    def test_several_choices(self):
        answer = self.ask("hello", n=2)
        said = [(choice.index, choice.message.content) for choice in answer.choices]
        self.assertEqual(said, [(0, "Hello, world! ☀"), (1, "Hello, world! ☀")])
        chunks = self.read("hello", n=2)
        for index in range(2):
            self.assertEqual(text_of(chunks, index), "Hello, world! ☀")
            self.assertEqual(finish_reasons(chunks, index), ["stop"])


class OverAnthropic(Stories, unittest.TestCase):
    model = "over-anthropic"
    provider = "anthropic-like"

    def test_several_choices_are_refused(self):
        self.refused(openai.BadRequestError, "INVALID_REQUEST", n=2)


class WithoutAModel(unittest.TestCase):
    def test_an_unknown_model(self):
        with self.assertRaises(openai.BadRequestError) as caught:
            client.chat.completions.create(model="no-such-model", messages=[user("hello")])
        self.assertEqual(caught.exception.response.headers["x-error-code"], "INVALID_MODEL")
        self.assertEqual(caught.exception.code, "INVALID_MODEL")
        self.assertIn("There is no model `no-such-model`", caught.exception.message)
        with self.assertRaises(openai.NotFoundError):
            client.models.retrieve("no-such-model")

    def test_an_unknown_path(self):
        with self.assertRaises(openai.NotFoundError):
            client.get("/nowhere", cast_to=object)


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_the_asynchronous_client_streams(self):
        async with openai.AsyncOpenAI(**CLIENT) as asynchronous:
            for model in ["over-openai", "over-anthropic"]:
                stream = await asynchronous.chat.completions.create(
                    model=model, messages=[user("hello")], stream=True
                )
                self.assertEqual(text_of([chunk async for chunk in stream]), "Hello, world! ☀")


def choices_of(chunks, index):
    return [choice for chunk in chunks for choice in chunk.choices if choice.index == index]


def text_of(chunks, index=0):
    return "".join(choice.delta.content or "" for choice in choices_of(chunks, index))


def finish_reasons(chunks, index=0):
    reasons = [choice.finish_reason for choice in choices_of(chunks, index)]
    return [reason for reason in reasons if reason]


def closed(model):
    """The model's schema as structured outputs want it: no other members."""
    return model.model_json_schema() | {"additionalProperties": False}


if __name__ == "__main__":
    unittest.main()
