"""The official SDKs of OpenAI and Cohere over upstreams that speak Voyage's and Jina's protocols.

OpenAI's SDK embeds, Cohere's ranks: what they ask reaches each vendor in its own words, and what the vendor
answers comes back in theirs. Voyage's own SDK reads the same from the upstream itself, where that is installed:
it brings numpy and LangChain and so is too large for every run (`tests/sdk/run large`). Jina has no SDK for its API;
its documented requests are sent as they are.
"""

import unittest

import cohere
import openai
import requests
from scripted import Gateway, Upstream

try:
    import voyageai
except ImportError:
    voyageai = None

PRICE = {"input_per_million": 1, "output_per_million": 0}
IMAGE = "data:image/png;base64,iVBORw0KGgo="
VECTORS = [[0.5, -1.0, 0.25], [0.125, 0.0, 2.0]]
BASE64 = ["AAAAPwAAgL8AAIA+", "AAAAPgAAAAAAAABA"]


def setUpModule():
    global upstream, of_openai, ranker
    upstream = Upstream()
    unittest.addModuleCleanup(upstream.close)
    vendors = ("voyage", "jina")
    providers = {
        it: {"adapter": it, "base_url": f"{upstream.url}/{it}", "api_key": "k"} for it in vendors
    }
    models = {}
    for vendor in vendors:
        for kind in ("embeddings", "rerank"):
            chain = [{"provider": vendor, "model": f"{vendor}-{kind}"}]
            models[f"{vendor}-{kind}"] = {"capability": kind, "pricing": PRICE, "chain": chain}
    chain = [{"provider": "voyage", "model": "voyage-multimodal-3.5"}]
    models["voyage-multimodal"] = {"capability": "embeddings", "pricing": PRICE, "chain": chain}
    gateway = Gateway(providers, models)
    unittest.addModuleCleanup(gateway.close)
    of_openai = openai.OpenAI(
        base_url=gateway.url + "/v1", api_key="unused", max_retries=0, timeout=30
    )
    unittest.addModuleCleanup(of_openai.close)
    ranker = cohere.Client(api_key="unused", base_url=gateway.url)
    unittest.addModuleCleanup(ranker.__exit__, None, None, None)


class Stories:
    """What holds for both vendors."""

    vendor: str
    base64: dict
    query: dict

    def script_vectors(self, vectors, path="embeddings"):
        data = [
            {"object": "embedding", "index": index, "embedding": it}
            for index, it in enumerate(vectors)
        ]
        body = {"object": "list", "data": data, "model": "m", "usage": {"total_tokens": 12}}
        upstream.script(f"/{self.vendor}/{path}", body)

    def sent(self):
        _, headers, body = upstream.requests[-1]
        self.assertEqual(headers["authorization"], "Bearer k")
        return body

    def embed(self, texts=("a", "b"), model=None, **parameters):
        model = model or f"{self.vendor}-embeddings"
        return of_openai.embeddings.create(model=model, input=list(texts), **parameters)

    def test_numbers(self):
        self.script_vectors(VECTORS)
        made = self.embed(encoding_format="float")
        self.assertEqual([it.embedding for it in made.data], VECTORS)
        self.assertEqual((made.usage.prompt_tokens, made.usage.total_tokens), (12, 12))

    def test_base64_is_asked_for_and_read(self):
        # OpenAI's SDK asks for it by itself.
        self.script_vectors(BASE64)
        self.assertEqual([it.embedding for it in self.embed().data], VECTORS)
        self.assertLessEqual(self.base64.items(), self.sent().items())

    def test_base64_is_made_of_numbers(self):
        self.script_vectors(VECTORS)
        self.assertEqual([it.embedding for it in self.embed().data], VECTORS)

    def test_what_an_embedding_is_for(self):
        self.script_vectors(VECTORS)
        self.embed(extra_body={"input_type": "search_query"})
        self.assertLessEqual(self.query.items(), self.sent().items())

    def test_what_is_left_out_is_named(self):
        self.script_vectors(VECTORS[:1])
        raw = of_openai.embeddings.with_raw_response.create(
            model=f"{self.vendor}-embeddings", input="a", user="ann", encoding_format="float"
        )
        self.assertEqual(raw.headers["x-jackfield-dropped"], "user")

    def test_a_limit_and_a_wrong_key_are_the_upstreams_matter(self):
        for status, error in ((401, openai.InternalServerError), (429, openai.RateLimitError)):
            upstream.script(f"/{self.vendor}/embeddings", {"detail": "secret words"}, status=status)
            with self.assertRaises(error) as caught:
                self.embed()
            self.assertNotIn("secret words", caught.exception.response.text)

    def test_the_clients_fault_is_told(self):
        upstream.script(
            f"/{self.vendor}/embeddings", {"detail": "Model m is not supported."}, status=400
        )
        with self.assertRaises(openai.BadRequestError) as caught:
            self.embed()
        self.assertIn("Model m is not supported.", caught.exception.response.text)

    def rank(self, **parameters):
        asked = {"query": "q", "documents": ["a", {"text": "b", "title": "B"}], "top_n": 2}
        return ranker.rerank(model=f"{self.vendor}-rerank", **asked, **parameters)

    def check_ranking(self):
        ranked = self.rank(return_documents=True)
        self.assertEqual(
            [(it.index, it.relevance_score) for it in ranked.results], [(1, 0.9), (0, 0.2)]
        )
        self.assertEqual([it.document.text for it in ranked.results], ["b", "a"])
        self.assertEqual(self.sent()["documents"], ["a", "b"])


RESULTS = [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.2}]


class OverVoyage(Stories, unittest.TestCase):
    vendor = "voyage"
    base64 = {"encoding_format": "base64"}
    query = {"input_type": "query"}

    def test_dimensions(self):
        self.script_vectors(VECTORS)
        self.embed(dimensions=3)
        self.assertEqual(self.sent()["output_dimension"], 3)

    def test_images(self):
        self.script_vectors(VECTORS, "multimodalembeddings")
        self.embed(["a", IMAGE], model="voyage-multimodal")
        [text, image] = self.sent()["inputs"]
        self.assertEqual(text["content"], [{"type": "text", "text": "a"}])
        self.assertEqual(image["content"], [{"type": "image_base64", "image_base64": IMAGE}])

    def test_a_ranking(self):
        upstream.script(
            "/voyage/rerank", {"object": "list", "data": RESULTS, "usage": {"total_tokens": 9}}
        )
        self.check_ranking()
        self.assertEqual(self.sent()["top_k"], 2)


@unittest.skipUnless(voyageai, "Voyage's SDK is not installed")
class VoyagesOwnSdk(unittest.TestCase):
    vendor = "voyage"

    def setUp(self):
        self.client = voyageai.Client(api_key="k", base_url=f"{upstream.url}/voyage")

    def test_vectors_mean_the_same(self):
        OverVoyage.script_vectors(self, BASE64)
        own = self.client.embed(["a", "b"], model="m")
        made = of_openai.embeddings.create(model="voyage-embeddings", input=["a", "b"])
        self.assertEqual(own.embeddings, [it.embedding for it in made.data])
        self.assertEqual(own.total_tokens, made.usage.prompt_tokens)

    def test_a_ranking_means_the_same(self):
        whole = {"object": "list", "data": RESULTS, "usage": {"total_tokens": 9}}
        upstream.script("/voyage/rerank", whole)
        own = self.client.rerank("q", ["a", "b"], model="m")
        ranked = ranker.rerank(model="voyage-rerank", query="q", documents=["a", "b"])
        said = [(it.index, it.relevance_score) for it in own.results]
        self.assertEqual(said, [(it.index, it.relevance_score) for it in ranked.results])


class OverJina(Stories, unittest.TestCase):
    vendor = "jina"
    base64 = {"embedding_type": "base64"}
    query = {"task": "retrieval.query"}

    def test_dimensions(self):
        self.script_vectors(VECTORS)
        self.embed(dimensions=3)
        self.assertEqual(self.sent()["dimensions"], 3)

    def test_images(self):
        self.script_vectors(VECTORS)
        self.embed(["a", IMAGE])
        self.assertEqual(self.sent()["input"], [{"text": "a"}, {"image": "iVBORw0KGgo="}])

    def test_a_ranking(self):
        upstream.script("/jina/rerank", {"results": RESULTS, "usage": {"total_tokens": 9}})
        self.check_ranking()
        self.assertEqual((self.sent()["top_n"], self.sent()["return_documents"]), (2, False))


class JinasDocumentedRequests(unittest.TestCase):
    """The requests of https://api.jina.ai/redoc, by plain HTTP: the adapter asks the same, and both hear the same."""

    vendor = "jina"

    def ask(self, path, body):
        heads = {"Authorization": "Bearer k"}
        reply = requests.post(f"{upstream.url}/jina/{path}", json=body, headers=heads, timeout=30)
        self.assertEqual(reply.status_code, 200)
        return reply.json()

    def agree(self):
        """The two requests since the script was set are the same, but for what the client's SDK asks for by itself."""
        own, adapters = (
            (path, headers.get("authorization", headers.get("Authorization")), body)
            for path, headers, body in upstream.requests
        )
        self.assertEqual(own, adapters)

    def test_vectors_mean_the_same(self):
        OverJina.script_vectors(self, VECTORS)
        asked = {"model": "jina-embeddings", "input": ["a", "b"], "dimensions": 3, "task": "retrieval.query"}
        own = self.ask("embeddings", {**asked, "embedding_type": "float"})
        made = of_openai.embeddings.create(
            model="jina-embeddings", input=["a", "b"], dimensions=3, encoding_format="float",
            extra_body={"input_type": "search_query"},
        )
        self.assertEqual([it["embedding"] for it in own["data"]], [it.embedding for it in made.data])
        self.assertEqual(own["usage"]["total_tokens"], made.usage.total_tokens)
        self.agree()

    def test_a_ranking_means_the_same(self):
        whole = {"model": "m", "results": RESULTS, "usage": {"total_tokens": 9}}
        upstream.script("/jina/rerank", whole)
        asked = {"model": "jina-rerank", "query": "q", "documents": ["a", "b"], "top_n": 2}
        own = self.ask("rerank", {**asked, "return_documents": False})
        ranked = ranker.rerank(model="jina-rerank", query="q", documents=["a", "b"], top_n=2)
        said = [(it["index"], it["relevance_score"]) for it in own["results"]]
        self.assertEqual(said, [(it.index, it.relevance_score) for it in ranked.results])
        self.agree()


if __name__ == "__main__":
    unittest.main()
