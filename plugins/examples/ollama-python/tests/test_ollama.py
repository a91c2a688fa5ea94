"""Tests of the translation, without a gateway."""

import unittest

import ollama

END = {"message": {"content": ""}, "done": True, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 2}


def user(content):
    return {"role": "user", "content": content}


def word(content):
    return {"message": {"role": "assistant", "content": content}, "done": False}


def said(lines):
    return "".join(choice["delta"]["content"] for line in lines for choice in line["choices"])


class Requests(unittest.TestCase):
    def test_parameters_get_ollamas_names_and_what_it_lacks_is_named(self):
        body = {"messages": [user("Hi")], "max_tokens": 5, "stop": "end", "seed": None, "logit_bias": {}}
        translated, dropped = ollama.request("m", True, body)
        options = {"num_predict": 5, "stop": ["end"]}
        self.assertEqual(translated, {"model": "m", "messages": [user("Hi")], "stream": True, "options": options})
        self.assertEqual(dropped, ["logit_bias"])

    def test_parts_of_text_are_joined_and_others_refused(self):
        parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
        translated, _ = ollama.request("m", False, {"messages": [user(parts)]})
        self.assertEqual(translated["messages"], [user("ab")])
        image = [{"type": "image_url", "image_url": {"url": "https://x.example"}}]
        for body in [{"messages": [user(image)]}, {"messages": [], "tools": [{}]}]:
            with self.assertRaises(ollama.Fault) as caught:
                ollama.request("m", False, body)
            self.assertEqual(caught.exception.kind, "unsupported")


class Replies(unittest.TestCase):
    def test_a_buffered_reply_becomes_a_completion_with_its_usage(self):
        reply = ollama.completion({**END, "message": {"content": "Hello"}})
        self.assertEqual(reply["choices"][0]["message"]["content"], "Hello")
        self.assertEqual(reply["usage"], {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9})
        with self.assertRaises(ollama.Fault):
            ollama.completion({"done": True})

    def test_a_stream_says_the_same_wherever_it_is_split(self):
        events = [word("Hel"), word("lo"), END]
        for at in range(len(events) + 1):
            first, _ = ollama.chunks(False, events[:at], False)
            second, _ = ollama.chunks(bool(first), events[at:], False)
            self.assertEqual(said(first + second), "Hello")

    def test_a_stream_that_ends_early_or_with_an_error_does_not_look_finished(self):
        for events, last, kind in [([], True, "malformed"), ([{"error": "out of memory"}], False, "overloaded")]:
            with self.assertRaises(ollama.Fault) as caught:
                ollama.chunks(True, events, last)
            self.assertEqual(caught.exception.kind, kind)

    def test_an_error_has_ollamas_words_and_the_class_of_its_status(self):
        fault = ollama.fault_of(404, b'{"error":"model not found"}')
        self.assertEqual((fault.kind, str(fault)), ("refused", "model not found"))
        self.assertEqual(ollama.fault_of(502, b"<html>").kind, "overloaded")


if __name__ == "__main__":
    unittest.main()
