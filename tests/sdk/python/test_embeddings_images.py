"""Embeddings and images with the official OpenAI SDK for Python, unchanged, against a running gateway.

Told over an OpenAI-shaped upstream, the double of a vendor, and over the adapter that answers by
itself. GATEWAY_URL says where the gateway listens.
"""

import base64
import math
import os
import unittest

import openai

CLIENT = {
    "base_url": f"{os.environ['GATEWAY_URL']}/v1",
    "api_key": "unused",
    "max_retries": 0,
    "timeout": 30,
}
PNG = b"\x89PNG\r\n\x1a\n"


def setUpModule():
    global client
    client = openai.OpenAI(**CLIENT)


def tearDownModule():
    client.close()


class Embeddings:
    """What holds whatever the upstream; a subclass names the model."""

    model: str
    provider: str

    def embed(self, given, **parameters):
        return client.embeddings.create(model=self.model, input=given, **parameters)

    def test_one_text(self):
        # Unless told otherwise the SDK asks for base64 and decodes it.
        answer = self.embed("Hello")
        self.assertEqual((answer.object, answer.model), ("list", self.model))
        self.assertEqual(answer.provider, self.provider)
        [only] = answer.data
        self.assertEqual((only.object, only.index), ("embedding", 0))
        self.assert_vector(only.embedding)
        self.assertGreater(answer.usage.prompt_tokens, 0)
        self.assertGreaterEqual(answer.usage.total_tokens, answer.usage.prompt_tokens)

    def test_several_texts_keep_their_order(self):
        answer = self.embed(["one", "two", "one"])
        self.assertEqual([item.index for item in answer.data], [0, 1, 2])
        first, second, third = (item.embedding for item in answer.data)
        self.assertEqual(first, third)
        self.assertNotEqual(first, second)

    def test_numbers_and_base64_say_the_same(self):
        numbers = self.embed("Hello", encoding_format="float").data[0].embedding
        encoded = self.embed("Hello", encoding_format="base64").data[0].embedding
        self.assertIsInstance(encoded, str)
        decoded = self.embed("Hello").data[0].embedding
        self.assertEqual(len(base64.b64decode(encoded)), 4 * len(numbers))
        for number, other in zip(numbers, decoded, strict=True):
            self.assertAlmostEqual(number, other, places=5)

    def test_tokens_instead_of_text(self):
        self.assertEqual(len(self.embed([1, 2, 3]).data), 1)
        self.assertEqual(len(self.embed([[1, 2], [3]]).data), 2)

    def test_fewer_dimensions(self):
        self.assertEqual(len(self.embed("Hello", dimensions=4).data[0].embedding), 4)

    def test_a_request_without_input(self):
        with self.assertRaises(openai.BadRequestError) as caught:
            client.post("/embeddings", body={"model": self.model}, cast_to=object)
        self.assertIn("input", caught.exception.response.text)
        self.assertEqual(caught.exception.response.headers["x-error-code"], "INVALID_REQUEST")

    def assert_vector(self, vector):
        self.assertGreater(len(vector), 1)
        self.assertAlmostEqual(math.hypot(*vector), 1, places=3)


class EmbeddingsOverOpenAI(Embeddings, unittest.TestCase):
    model = "over-openai-embeddings"
    provider = "openai-like"


class EmbeddingsOverEcho(Embeddings, unittest.TestCase):
    model = "echo-embeddings"
    provider = "echo"


class Images:
    """What holds whatever the upstream; a subclass names the model."""

    model: str
    provider: str

    def draw(self, **parameters):
        return client.images.generate(model=self.model, prompt="A grey pixel", **parameters)

    def test_the_image_itself(self):
        answer = self.draw(n=2, size="1024x1024", response_format="b64_json")
        self.assertGreaterEqual(answer.created, 0)
        self.assertEqual((answer.model, answer.provider), (self.model, self.provider))
        self.assertIsNone(answer.credits_charged)
        self.assertEqual(len(answer.data), 2)
        for image in answer.data:
            self.assertTrue(base64.b64decode(image.b64_json).startswith(PNG))
            # What is absent is null, and not left out.
            self.assertTrue({"url", "b64_json", "revised_prompt"} <= image.model_fields_set)
            self.assertIsNone(image.url)

    def test_an_address(self):
        [image] = self.draw(response_format="url").data
        self.assertRegex(image.url, "^(https?|data):")
        self.assertIsNone(image.b64_json)

    def test_the_gateways_own_words_for_format_and_size(self):
        for own in [{"aspect_ratio": "16:9"}, {"width": 512, "height": 512}]:
            answer = self.draw(extra_body={"response_format": "base64", **own})
            self.assertTrue(answer.data[0].b64_json)

    def test_a_request_without_a_prompt(self):
        with self.assertRaises(openai.BadRequestError) as caught:
            client.post("/images/generations", body={"model": self.model}, cast_to=object)
        self.assertIn("prompt", caught.exception.response.text)


class ImagesOverOpenAI(Images, unittest.TestCase):
    model = "over-openai-images"
    provider = "openai-like"


class ImagesOverEcho(Images, unittest.TestCase):
    model = "echo-images"
    provider = "echo"


class TheWrongModel(unittest.TestCase):
    def test_a_model_that_does_something_else(self):
        with self.assertRaises(openai.BadRequestError) as caught:
            client.embeddings.create(model="echo", input="Hello")
        self.assertEqual(caught.exception.response.headers["x-error-code"], "INVALID_MODEL")
        with self.assertRaises(openai.BadRequestError):
            client.images.generate(model="echo-embeddings", prompt="A grey pixel")


if __name__ == "__main__":
    unittest.main()
