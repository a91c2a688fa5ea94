"""The official Google Gen AI SDK for Python, unchanged, against a running gateway.

Every story is told twice, over an OpenAI-shaped and over an Anthropic-shaped upstream, and must end
equally. The upstreams are the doubles of two vendors; a word in the user's last message chooses what
they do. GATEWAY_URL says where the gateway listens.
"""

import os
import unittest

from google import genai
from google.genai import errors, types
from pydantic import BaseModel

ARGUMENTS = [{"city": "Paris"}, {"city": "Oslo"}]
THINKING = types.GenerateContentConfig(
    max_output_tokens=20_000,
    thinking_config=types.ThinkingConfig(thinking_budget=2048, include_thoughts=True),
)


class Forecast(BaseModel):
    """What the model is to answer with."""

    city: str
    degrees: int
    sunny: bool


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 °C in {city}"


def setUpModule():
    global client
    options = types.HttpOptions(base_url=os.environ["GATEWAY_URL"], timeout=30_000)
    client = genai.Client(api_key="unused", vertexai=False, http_options=options)


def tearDownModule():
    client.close()


class Stories:
    """What holds whatever the upstream; a subclass names the model."""

    model: str

    def ask(self, contents, config=None):
        return client.models.generate_content(model=self.model, contents=contents, config=config)

    def stream(self, contents, config=None):
        return list(client.models.generate_content_stream(model=self.model, contents=contents, config=config))

    def parts(self, contents, config, streamed):
        """All parts of an answer, as a client keeps them."""
        replies = self.stream(contents, config) if streamed else [self.ask(contents, config)]
        return [part for reply in replies for part in reply.candidates[0].content.parts]

    def test_a_text(self):
        config = types.GenerateContentConfig(system_instruction="Be brief.", temperature=0.5, top_p=0.9)
        reply = self.ask("Please: hello", config)
        self.assertEqual(reply.text, "Hello, world! ☀")
        self.assertEqual(reply.candidates[0].finish_reason, types.FinishReason.STOP)
        self.assertEqual(reply.model_version, self.model)
        used = reply.usage_metadata
        self.assertEqual((used.total_token_count, used.cached_content_token_count), (18, 4))

    def test_a_stream(self):
        replies = self.stream("Please: hello")
        self.assertGreater(len(replies), 2)
        self.assertEqual("".join(reply.text or "" for reply in replies), "Hello, world! ☀")
        reasons = [reply.candidates[0].finish_reason for reply in replies]
        self.assertEqual(reasons[-1], types.FinishReason.STOP)
        self.assertEqual(set(reasons[:-1]), {None})
        self.assertEqual(replies[-1].usage_metadata.total_token_count, 18)

    def test_a_chat_remembers_its_history(self):
        chat = client.chats.create(model=self.model)
        self.assertEqual(chat.send_message("Please: hello").text, "Hello, world! ☀")
        for _ in chat.send_message_stream("Please: hello"):
            pass
        self.assertEqual(chat.send_message("Please: hello").text, "Hello, world! ☀")
        self.assertEqual(chat.get_history(curated=True), chat.get_history(curated=False))

    def test_tools_over_several_turns(self):
        declared = types.FunctionDeclaration.from_callable(client=client._api_client, callable=get_weather)
        config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[declared])])
        for streamed in (False, True):
            with self.subTest(streamed=streamed):
                contents = [types.UserContent("Please: weathers")]
                parts = self.parts(contents, config, streamed)
                calls = [part.function_call for part in parts if part.function_call]
                self.assertEqual([call.args for call in calls], ARGUMENTS)
                contents.append(types.ModelContent(parts))
                results = [
                    types.Part.from_function_response(name=call.name, response={"result": get_weather(**call.args)})
                    for call in calls
                ]
                contents.append(types.UserContent(results))
                answer = self.ask(contents, config).text
                self.assertEqual(answer, "The tool said: 18 °C in Paris; 18 °C in Oslo.")

    def test_functions_are_called_by_the_sdk(self):
        config = types.GenerateContentConfig(tools=[get_weather])
        self.assertEqual(self.ask("Please: weather", config).text, "The tool said: 18 °C in Paris.")

    def test_thinking_goes_around(self):
        for streamed in (False, True):
            with self.subTest(streamed=streamed):
                parts = self.parts("Please: think", THINKING, streamed)
                self.assertEqual("".join(part.text for part in parts if part.thought), "Six times seven.")
                said = [part for part in parts if not part.thought]
                self.assertEqual("".join(part.text for part in said), "Forty-two")
                self.assertTrue(said[0].thought_signature.startswith(b"jf1."))
                contents = [types.UserContent("Please: think"), types.ModelContent(parts)]
                contents.append(types.UserContent("Please: hello"))
                self.assertEqual(self.ask(contents, THINKING).text, "Hello, world! ☀")

    def test_structured_output(self):
        config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=Forecast)
        self.assertIsInstance(self.ask("Please: json", config).parsed, Forecast)

    def test_a_reply_that_is_cut_by_its_limit(self):
        config = types.GenerateContentConfig(max_output_tokens=5)
        self.assertEqual(self.ask("Please: long", config).candidates[0].finish_reason, types.FinishReason.MAX_TOKENS)

    def test_a_stream_that_fails_midway(self):
        with self.assertRaises(errors.APIError) as caught:
            self.stream("Please: cut")
        self.assertEqual(caught.exception.status, "UNAVAILABLE")

    def test_errors(self):
        with self.assertRaises(errors.ClientError) as caught:
            client.models.generate_content(model="nobody", contents="hello")
        self.assertEqual((caught.exception.code, caught.exception.status), (404, "NOT_FOUND"))
        with self.assertRaises(errors.ServerError):
            self.ask("Please: error-500")
        config = types.GenerateContentConfig(cached_content="cachedContents/1")
        with self.assertRaises(errors.ClientError) as caught:
            self.ask("Please: hello", config)
        self.assertEqual(caught.exception.status, "INVALID_ARGUMENT")
        self.assertIn("cachedContent", caught.exception.message)

    def test_a_count(self):
        self.assertGreater(client.models.count_tokens(model=self.model, contents="hello").total_tokens, 0)


class OverOpenai(Stories, unittest.TestCase):
    model = "over-openai"


class OverAnthropic(Stories, unittest.TestCase):
    model = "over-anthropic"


class Others(unittest.TestCase):
    """What is asked of no chat model."""

    def test_embeddings(self):
        reply = client.models.embed_content(model="over-openai-embeddings", contents=["one", "two"])
        self.assertEqual(len(reply.embeddings), 2)
        self.assertIsInstance(reply.embeddings[0].values[0], float)

    def test_models(self):
        names = [model.name for model in client.models.list(config={"page_size": 2})]
        self.assertIn("models/over-openai", names)
        self.assertEqual(client.models.get(model="over-openai").name, "models/over-openai")


if __name__ == "__main__":
    unittest.main()
