"""Files and batches by both SDKs: what goes in comes back, line by line."""

import json
import tempfile
import time
import unittest
from pathlib import Path

import anthropic
import openai

from scripted import JSON_ERRORS, Gateway

FREE = {"input_per_million": 0, "output_per_million": 0}
ECHO = {"provider": "echo", "model": "echo"}


def until(ask, over):
    """Asks until the answer is as it should be."""
    deadline = time.monotonic() + 60
    while not over(answer := ask()):
        assert time.monotonic() < deadline, answer
    return answer


class Batches(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.gateway = Gateway(
            {"echo": {"adapter": "echo"}},
            {
                "echo": {"pricing": FREE, "chain": [ECHO]},
                "vectors": {"pricing": FREE, "capability": "embeddings", "chain": [ECHO]},
            },
            server=JSON_ERRORS,
            batches={"dir": str(Path(cls.folder.name) / "batches")},
        )
        url = cls.gateway.url
        cls.openai = openai.OpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0)
        cls.anthropic = anthropic.Anthropic(base_url=url, api_key="unused", max_retries=0)

    @classmethod
    def tearDownClass(cls):
        cls.gateway.close()
        cls.folder.cleanup()

    def upload(self, lines, **options):
        text = "\n".join(json.dumps(line) for line in lines)
        return self.openai.files.create(
            file=("lines.jsonl", text.encode()), purpose="batch", **options
        )

    def line(self, custom_id, text="Hello", model="echo"):
        messages = [{"role": "user", "content": text}]
        return {
            "custom_id": custom_id,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": model, "messages": messages},
        }

    def run_batch(self, file, endpoint="/v1/chat/completions"):
        batch = self.openai.batches.create(
            input_file_id=file.id,
            endpoint=endpoint,
            completion_window="24h",
            metadata={"job": "nightly"},
        )
        self.assertEqual((batch.object, batch.status), ("batch", "validating"))
        over = ("completed", "failed", "expired", "cancelled")
        retrieve = lambda: self.openai.batches.retrieve(batch.id)
        return until(retrieve, lambda batch: batch.status in over)

    def results(self, id):
        text = self.openai.files.content(id).text
        return {line["custom_id"]: line for line in map(json.loads, text.splitlines())}

    def test_a_batch_of_chats_has_a_result_for_each_line(self):
        file = self.upload(
            [self.line("a", "one"), self.line("b", "two"), self.line("c", model="none")],
            expires_after={"anchor": "created_at", "seconds": 3600},
        )
        self.assertEqual((file.object, file.purpose, file.filename), ("file", "batch", "lines.jsonl"))
        self.assertEqual(file.expires_at, file.created_at + 3600)
        batch = self.run_batch(file)
        self.assertEqual(batch.status, "completed")
        counts = batch.request_counts
        self.assertEqual((counts.total, counts.completed, counts.failed), (3, 2, 1))
        self.assertEqual(batch.metadata, {"job": "nightly"})
        self.assertIsNone(batch.errors)
        output = self.results(batch.output_file_id)
        self.assertEqual(set(output), {"a", "b"})
        response = output["b"]["response"]
        self.assertEqual(response["status_code"], 200)
        self.assertTrue(response["request_id"])
        completion = openai.types.chat.ChatCompletion.model_validate(response["body"])
        self.assertIn("two", completion.choices[0].message.content)
        error = self.results(batch.error_file_id)["c"]["response"]
        self.assertEqual(error["status_code"], 400)
        self.assertIn("none", error["body"]["error"]["message"])

    def test_other_endpoints_take_batches(self):
        body = {"model": "vectors", "input": "x"}
        lines = [{"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": body}]
        batch = self.run_batch(self.upload(lines), "/v1/embeddings")
        body = self.results(batch.output_file_id)["a"]["response"]["body"]
        self.assertTrue(body["data"][0]["embedding"])
        body = {"model": "echo", "input": "Hello"}
        lines = [{"custom_id": "a", "method": "POST", "url": "/v1/responses", "body": body}]
        batch = self.run_batch(self.upload(lines), "/v1/responses")
        body = self.results(batch.output_file_id)["a"]["response"]["body"]
        self.assertIn("Hello", openai.types.responses.Response.model_validate(body).output_text)

    def test_a_file_with_bad_lines_fails_with_their_numbers(self):
        batch = self.run_batch(self.upload([self.line("a"), self.line("a"), {"custom_id": "b"}]))
        self.assertEqual(batch.status, "failed")
        faults = [(fault.line, fault.code, fault.param) for fault in batch.errors.data]
        expected = [
            (2, "duplicate_custom_id", "custom_id"),
            (3, "missing_required_parameter", "method"),
        ]
        self.assertEqual(faults, expected)

    def test_files_and_batches_are_listed_page_by_page_and_deleted(self):
        files = [self.upload([self.line("a")]) for _ in range(3)]
        batches = [self.run_batch(file) for file in files]
        listed = [file.id for file in self.openai.files.list(limit=1, purpose="batch")]
        self.assertLessEqual({file.id for file in files}, set(listed))
        self.assertEqual(len(listed), len(set(listed)))
        listed = [batch.id for batch in self.openai.batches.list(limit=1)]
        self.assertLessEqual({batch.id for batch in batches}, set(listed))
        self.assertEqual(self.openai.files.retrieve(files[0].id).bytes, files[0].bytes)
        self.assertTrue(self.openai.files.delete(files[0].id).deleted)
        with self.assertRaises(openai.NotFoundError):
            self.openai.files.retrieve(files[0].id)
        with self.assertRaises(openai.BadRequestError) as caught:
            self.openai.files.create(file=b"x", purpose="fine-tune")
        self.assertIn("purpose", str(caught.exception))

    def test_a_cancelled_batch_ends_cancelled_with_a_report_for_each_line(self):
        names = {str(number) for number in range(2000)}
        file = self.upload([self.line(name) for name in names])
        batch = self.openai.batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
        )
        cancelled = self.openai.batches.cancel(batch.id)
        self.assertEqual((cancelled.id, cancelled.status), (batch.id, "cancelling"))
        self.assertTrue(cancelled.cancelling_at)
        retrieve = lambda: self.openai.batches.retrieve(batch.id)
        batch = until(retrieve, lambda batch: batch.status != "cancelling")
        self.assertEqual(batch.status, "cancelled")
        self.assertGreaterEqual(batch.cancelled_at, batch.cancelling_at)
        self.assertIsNone(batch.completed_at)
        errors = self.results(batch.error_file_id)
        self.assertEqual({line["error"]["code"] for line in errors.values()}, {"batch_cancelled"})
        # What was answered until then is kept.
        output = self.results(batch.output_file_id) if batch.output_file_id else {}
        self.assertEqual({line["response"]["status_code"] for line in output.values()} - {200}, set())
        self.assertEqual((output.keys() | errors.keys(), output.keys() & errors.keys()), (names, set()))
        counts = batch.request_counts
        expected = (len(names), len(output), len(errors))
        self.assertEqual((counts.total, counts.completed, counts.failed), expected)
        # Over is over.
        self.assertEqual(self.openai.batches.cancel(batch.id).status, "cancelled")

    def test_cancelled_message_batches_end_with_a_result_for_each_request(self):
        names = {f"n{number}" for number in range(2000)}
        message = {"role": "user", "content": "Hello"}
        params = {"model": "echo", "max_tokens": 64, "messages": [message]}
        batches = self.anthropic.messages.batches
        batch = batches.create(requests=[{"custom_id": name, "params": params} for name in names])
        cancelled = batches.cancel(batch.id)
        self.assertEqual((cancelled.id, cancelled.processing_status), (batch.id, "canceling"))
        self.assertIsNotNone(cancelled.cancel_initiated_at)
        over = lambda batch: batch.processing_status != "canceling"
        batch = until(lambda: batches.retrieve(batch.id), over)
        self.assertEqual(batch.processing_status, "ended")
        self.assertGreaterEqual(batch.ended_at, batch.cancel_initiated_at)
        results = [(result.custom_id, result.result.type) for result in batches.results(batch.id)]
        self.assertEqual({name for name, _ in results}, names)
        types = [type for _, type in results]
        self.assertEqual(set(types) - {"succeeded"}, {"canceled"})
        counts = batch.request_counts
        self.assertEqual(
            (counts.succeeded, counts.canceled, counts.processing + counts.errored + counts.expired),
            (types.count("succeeded"), types.count("canceled"), 0),
        )
        self.assertEqual(counts.succeeded + counts.canceled, len(names))
        self.assertEqual(batches.cancel(batch.id).processing_status, "ended")

    def test_message_batches(self):
        request = lambda custom_id, model: {
            "custom_id": custom_id,
            "params": {
                "model": model,
                "max_tokens": 64,
                "messages": [{"role": "user", "content": f"say {custom_id}"}],
            },
        }
        batches = self.anthropic.messages.batches
        batch = batches.create(requests=[request("a", "echo"), request("b", "none")])
        self.assertEqual((batch.type, batch.processing_status), ("message_batch", "in_progress"))
        over = lambda batch: batch.processing_status == "ended"
        batch = until(lambda: batches.retrieve(batch.id), over)
        counts = batch.request_counts
        self.assertEqual((counts.processing, counts.succeeded, counts.errored), (0, 1, 1))
        results = {result.custom_id: result.result for result in batches.results(batch.id)}
        self.assertEqual(results["a"].type, "succeeded")
        self.assertIn("say a", results["a"].message.content[0].text)
        self.assertEqual(results["b"].type, "errored")
        self.assertEqual(results["b"].error.error.type, "not_found_error")
        self.assertIn(batch.id, [listed.id for listed in batches.list(limit=1)])
        self.assertEqual(batches.delete(batch.id).type, "message_batch_deleted")
        with self.assertRaises(anthropic.NotFoundError):
            batches.retrieve(batch.id)
        with self.assertRaises(anthropic.BadRequestError) as caught:
            batches.create(requests=[{"custom_id": "a b", "params": {}}])
        self.assertIn("requests.0.custom_id", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
