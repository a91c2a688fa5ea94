"""Reranking with the official Cohere SDK for Python, unchanged, against a running gateway.

Of the SDK's two clients `Client` calls `/v1/rerank` and `ClientV2` `/v2/rerank`. OpenAI has no such
operation, so this SDK is the one that people use. GATEWAY_URL says where the gateway listens.
"""

import os
import unittest

import cohere
from cohere.core.api_error import ApiError

ONCE = {"max_retries": 0, "timeout_in_seconds": 30}
QUERY = "the capital of France"
TEXTS = ["Oslo is cold", "Paris is the capital of France", "The capital of Norway is Oslo"]
# As people write them: texts, and objects with `text`.
DOCUMENTS = [TEXTS[0], {"text": TEXTS[1]}, TEXTS[2]]


def setUpModule():
    global client, newer
    url = {"api_key": "unused", "base_url": os.environ["GATEWAY_URL"]}
    client, newer = cohere.Client(**url), cohere.ClientV2(**url)
    unittest.addModuleCleanup(client.__exit__, None, None, None)
    unittest.addModuleCleanup(newer.__exit__, None, None, None)


class Stories:
    """What holds whatever the upstream; a subclass names the model."""

    model: str
    provider: str

    def rank(self, **parameters):
        given = {"query": QUERY, "documents": DOCUMENTS, "model": self.model, **parameters}
        return client.rerank(**given, request_options=ONCE)

    def test_every_document_has_its_score_and_the_best_comes_first(self):
        answer = self.rank()
        self.assertEqual((answer.model, answer.provider), (self.model, self.provider))
        self.assertEqual(sorted(result.index for result in answer.results), [0, 1, 2])
        scores = [result.relevance_score for result in answer.results]
        self.assertEqual(scores, sorted(scores, reverse=True))
        # The SDK builds its objects without checking them. It also knows `id` and `meta`, which may be left out.
        self.assertEqual({type(result.index) for result in answer.results}, {int})
        self.assertTrue({type(score) for score in scores} <= {int, float})
        self.assertTrue(all(0 <= score <= 1 for score in scores), scores)

    def test_only_the_best(self):
        [best, *_] = self.rank().results
        [only] = self.rank(top_n=1).results
        self.assertEqual((only.index, only.relevance_score), (best.index, best.relevance_score))

    def test_documents_come_back_if_wanted(self):
        for result in self.rank(return_documents=True).results:
            self.assertEqual(result.document.text, TEXTS[result.index])
        self.assertIsNone(self.rank(return_documents=False).results[0].document)

    def test_a_request_without_documents(self):
        with self.assertRaises(ApiError) as caught:
            self.rank(documents=[])
        self.assertEqual(caught.exception.status_code, 400)
        self.assertEqual(caught.exception.headers["x-error-code"], "INVALID_REQUEST")
        self.assertIn("documents", str(caught.exception.body))


class OverOpenAI(Stories, unittest.TestCase):
    model = "over-openai-rerank"
    provider = "openai-like"


class OverEcho(Stories, unittest.TestCase):
    model = "echo-rerank"
    provider = "echo"

    def test_the_document_that_shares_the_most_words_is_the_best(self):
        self.assertEqual([result.index for result in self.rank().results], [1, 2, 0])


class Newer(unittest.TestCase):
    """The newer client, whose documents are texts alone, and whose errors have a message."""

    def test_the_same_order_and_scores(self):
        given = {"query": QUERY, "documents": TEXTS, "model": "echo-rerank", "top_n": 2}
        answer = newer.rerank(**given, request_options=ONCE)
        self.assertEqual([result.index for result in answer.results], [1, 2])
        older = client.rerank(**given, request_options=ONCE)
        scores = [[result.relevance_score for result in it.results] for it in (answer, older)]
        self.assertEqual(scores[0], scores[1])

    def test_an_error_is_an_object_with_a_message(self):
        with self.assertRaises(cohere.BadRequestError) as caught:
            newer.rerank(query=QUERY, documents=["a"], model="no-such-model", request_options=ONCE)
        self.assertIn("no-such-model", caught.exception.body["message"])
        self.assertEqual(list(caught.exception.body), ["message"])


class WithoutAModel(unittest.TestCase):
    def test_an_unknown_model(self):
        with self.assertRaises(ApiError) as caught:
            client.rerank(
                query=QUERY, documents=["a"], model="no-such-model", request_options=ONCE
            )
        self.assertEqual(caught.exception.status_code, 400)
        self.assertEqual(caught.exception.headers["x-error-code"], "INVALID_MODEL")


if __name__ == "__main__":
    unittest.main()
