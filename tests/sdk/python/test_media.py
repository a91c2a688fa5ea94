"""Speech, recordings, pictures, moderation and older completions with the official OpenAI SDK for
Python, unchanged, against a running gateway.

GATEWAY_URL says where the gateway listens.
"""

import os
import unittest

import openai

CLIENT = {
    "base_url": f"{os.environ['GATEWAY_URL']}/v1",
    "api_key": "unused",
    "max_retries": 0,
    "timeout": 30,
}


def setUpModule():
    global client
    client = openai.OpenAI(**CLIENT)


def tearDownModule():
    client.close()


class Speech(unittest.TestCase):
    SPEECH = {"model": "echo-speech", "input": "Hello world", "voice": "alloy"}

    def test_a_text_is_spoken(self):
        answer = client.audio.speech.create(**self.SPEECH)
        self.assertTrue(answer.content.startswith(b"RIFF"))
        self.assertEqual(answer.response.headers["content-type"], "audio/wav")

    def test_the_same_is_read_as_it_comes(self):
        with client.audio.speech.with_streaming_response.create(**self.SPEECH) as answer:
            pieces = list(answer.iter_bytes(64))
        self.assertGreater(len(pieces), 1)
        self.assertEqual(b"".join(pieces), client.audio.speech.create(**self.SPEECH).content)

    def test_a_model_for_something_else(self):
        with self.assertRaises(openai.BadRequestError) as caught:
            client.audio.speech.create(**{**self.SPEECH, "model": "echo"})
        self.assertEqual(caught.exception.response.headers["x-error-code"], "INVALID_MODEL")


class Recordings(unittest.TestCase):
    FILE = ("hello.wav", b"RIFF\x00\xff--\r\n", "audio/wav")

    def test_a_recording_is_written_down(self):
        answer = client.audio.transcriptions.create(
            model="echo-transcription",
            file=self.FILE,
            language="en",
            timestamp_granularities=["word", "segment"],
        )
        self.assertEqual(answer.text, "hello.wav (audio/wav, 10 bytes)")

    def test_a_recording_is_translated(self):
        answer = client.audio.translations.create(model="echo-transcription", file=self.FILE)
        self.assertEqual(answer.text, "hello.wav (audio/wav, 10 bytes)")

    def test_a_recording_without_a_file(self):
        with self.assertRaises(openai.APIStatusError) as caught:
            client.post(
                "/audio/transcriptions",
                body={"model": "echo-transcription"},
                files=[("other", self.FILE)],
                options={"headers": {"Content-Type": "multipart/form-data"}},
                cast_to=object,
            )
        self.assertEqual(caught.exception.status_code, 400)
        self.assertIn("file: is missing", caught.exception.response.text)


class Pictures(unittest.TestCase):
    def test_pictures_are_changed(self):
        for image in [b"\x89PNG", [b"\x89PNG", b"\x89PNG2"]]:
            answer = client.images.edit(
                model="echo-images", image=image, prompt="A grey pixel", n=2
            )
            self.assertEqual(len(answer.data), 2)
            self.assertTrue(answer.data[0].b64_json)

    def test_a_picture_is_varied(self):
        answer = client.images.create_variation(model="echo-images", image=b"\x89PNG")
        self.assertTrue(answer.data[0].b64_json)


class Moderation(unittest.TestCase):
    def test_texts_are_judged_one_by_one(self):
        answer = client.moderations.create(
            model="echo-moderation", input=["Hello", "I hate violence"]
        )
        self.assertEqual(answer.model, "echo-moderation")
        [good, bad] = answer.results
        self.assertFalse(good.flagged)
        self.assertTrue(bad.flagged and bad.categories.hate and bad.categories.violence)
        self.assertEqual(bad.category_scores.hate, 1.0)

    def test_parts_are_judged_together(self):
        image = {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}
        answer = client.moderations.create(
            model="echo-moderation", input=[{"type": "text", "text": "violence"}, image]
        )
        self.assertTrue(answer.results[0].flagged)


class Completions:
    """What holds whatever answers; a subclass names the model."""

    model: str

    def complete(self, **parameters):
        return client.completions.create(model=self.model, prompt="hello", **parameters)

    def test_a_prompt_is_completed(self):
        answer = self.complete(max_tokens=50)
        self.assertEqual((answer.object, answer.model), ("text_completion", self.model))
        [choice] = answer.choices
        self.assertTrue(choice.text)
        self.assertIn(choice.finish_reason, ("stop", "length"))
        self.assertGreater(answer.usage.completion_tokens, 0)

    def test_a_stream_says_the_same(self):
        chunks = list(self.complete(stream=True, stream_options={"include_usage": True}))
        said = "".join(choice.text for chunk in chunks for choice in chunk.choices)
        self.assertEqual(said, self.complete().choices[0].text)
        reasons = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
        self.assertEqual([reason for reason in reasons if reason], ["stop"])
        self.assertGreater(chunks[-1].usage.completion_tokens, 0)

    def test_what_a_chat_has_no_words_for(self):
        for parameters in ({"echo": True}, {"logprobs": 1}, {"suffix": "z"}):
            with self.assertRaises(openai.BadRequestError) as caught:
                self.complete(**parameters)
            self.assertIn(next(iter(parameters)), str(caught.exception.response.text))


class CompletionsOverEcho(Completions, unittest.TestCase):
    model = "echo"


class CompletionsOverOpenAI(Completions, unittest.TestCase):
    model = "over-openai"


class CompletionsOverAnthropic(Completions, unittest.TestCase):
    model = "over-anthropic"


if __name__ == "__main__":
    unittest.main()
