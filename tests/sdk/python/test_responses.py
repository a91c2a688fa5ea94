"""The official OpenAI SDK for Python and its Responses API, unchanged, against a running gateway.

Every story is told twice, over an OpenAI-shaped and over an Anthropic-shaped upstream, and must end
equally. The upstreams are the doubles of two vendors; a word in the user's last message chooses what
they do. GATEWAY_URL says where the gateway listens.
"""

import json
import os
import unittest

import openai
from pydantic import BaseModel

CLIENT = {
    "base_url": f"{os.environ['GATEWAY_URL']}/v1",
    "api_key": "unused",
    "max_retries": 0,
    "timeout": 30,
}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}
ARGUMENTS = [{"city": "Paris"}, {"city": "Oslo"}]
THINKING = {"reasoning": {"effort": "low", "summary": "auto"}, "max_output_tokens": 20_000}


class Forecast(BaseModel):
    """What the model is to answer with."""

    city: str
    degrees: int
    sunny: bool


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
        return client.responses.create(model=self.model, input=f"Please: {word}", **parameters)

    def stream(self, word, **parameters):
        """The events of a streamed response, and the response that the SDK made of them."""
        asked = {"model": self.model, "input": f"Please: {word}", **parameters}
        with client.responses.stream(**asked) as stream:
            events = list(stream)
            return events, stream.get_final_response()

    def both(self, word, **parameters):
        yield self.ask(word, **parameters)
        yield self.stream(word, **parameters)[1]

    def test_a_text(self):
        for response in self.both("hello", instructions="Be brief."):
            self.assertEqual(response.output_text, "Hello, world! ☀")
            self.assertEqual((response.status, response.model), ("completed", self.model))
            self.assertEqual(response.usage.input_tokens_details.cached_tokens, 4)
            self.assertEqual(response.usage.total_tokens, 18)
            self.assertFalse(response.store)

    def test_the_events_of_a_text(self):
        events, _ = self.stream("hello")
        kinds = [event.type.removeprefix("response.") for event in events]
        self.assertEqual(kinds[:4], ["created", "in_progress", "output_item.added", "content_part.added"])
        ends = ["output_text.done", "content_part.done", "output_item.done", "completed"]
        self.assertEqual(kinds[-4:], ends)
        self.assertEqual([event.sequence_number for event in events], list(range(len(events))))

    def test_tools_over_several_turns(self):
        for streamed in (False, True):
            with self.subTest(streamed=streamed):
                self.tools_over_several_turns(streamed)

    def tools_over_several_turns(self, streamed):
        items = [{"role": "user", "content": "Please: weathers"}]
        asked = {"model": self.model, "tools": [WEATHER], "store": False}

        def turn():
            if not streamed:
                return client.responses.create(input=items, **asked)
            with client.responses.stream(input=items, **asked) as stream:
                return stream.get_final_response()

        response = turn()
        calls = [item for item in response.output if item.type == "function_call"]
        self.assertEqual([json.loads(call.arguments) for call in calls], ARGUMENTS)
        items += [item.to_dict() for item in response.output]
        for call in calls:
            city = json.loads(call.arguments)["city"]
            output = f"18 °C in {city}"
            items.append({"type": "function_call_output", "call_id": call.call_id, "output": output})
        self.assertEqual(turn().output_text, "The tool said: 18 °C in Paris; 18 °C in Oslo.")

    def test_thinking_goes_around(self):
        for response in self.both("think", **THINKING):
            [reasoning, message] = response.output
            self.assertEqual(reasoning.summary[0].text, "Six times seven.")
            self.assertTrue(reasoning.encrypted_content.startswith(f"jf1.{self.provider}."))
            self.assertEqual(response.output_text, "Forty-two")
            items = [{"role": "user", "content": "Please: think"}, reasoning.to_dict(), message.to_dict()]
            items.append({"role": "user", "content": "Please: hello"})
            again = client.responses.create(model=self.model, input=items, **THINKING)
            self.assertEqual(again.output_text, "Hello, world! ☀")

    def test_structured_output(self):
        response = client.responses.parse(model=self.model, input="Please: json", text_format=Forecast)
        self.assertIsInstance(response.output_parsed, Forecast)
        asked = {"model": self.model, "input": "Please: json", "text_format": Forecast}
        with client.responses.stream(**asked) as stream:
            self.assertIsInstance(stream.get_final_response().output_parsed, Forecast)

    def test_a_response_that_is_cut_by_its_limit(self):
        response = self.ask("long", max_output_tokens=5)
        self.assertEqual(response.status, "incomplete")
        self.assertEqual(response.incomplete_details.reason, "max_output_tokens")
        with client.responses.create(
            model=self.model, input="Please: long", max_output_tokens=5, stream=True
        ) as stream:
            self.assertEqual(list(stream)[-1].type, "response.incomplete")

    def test_a_stream_that_fails_midway(self):
        with client.responses.create(model=self.model, input="Please: cut", stream=True) as stream:
            last = list(stream)[-1]
        self.assertEqual((last.type, last.response.status), ("response.failed", "failed"))
        self.assertTrue(last.response.error.message)

    def test_errors(self):
        with self.assertRaises(openai.BadRequestError) as caught:
            self.ask("hello", previous_response_id="resp_1")
        self.assertIn("previous_response_id", caught.exception.message)
        with self.assertRaises(openai.NotFoundError):
            client.responses.retrieve("resp_1")
        with self.assertRaises(openai.InternalServerError):
            self.ask("error-500")

    def test_a_count(self):
        count = client.responses.input_tokens.count(model=self.model, input="hello")
        self.assertEqual(count.object, "response.input_tokens")
        self.assertGreater(count.input_tokens, 0)


class OverOpenai(Stories, unittest.TestCase):
    model, provider = "over-openai", "openai-like"


class OverAnthropic(Stories, unittest.TestCase):
    model, provider = "over-anthropic", "anthropic-like"


if __name__ == "__main__":
    unittest.main()
