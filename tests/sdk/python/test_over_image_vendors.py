"""OpenAI's SDK over upstreams that speak fal's, Replicate's, BFL's and MiniMax's protocols.

fal's, Replicate's and BFL's own SDKs read the same scripts from the upstream itself, and find the same pictures.
"""

import contextlib
import io
import json
import unittest
from unittest import mock

import fal_client
import openai
import replicate
from blackforest import BFLClient
from blackforest.types.general.client_config import ClientConfig
from scripted import Gateway, Upstream

PRICE = {"input_per_million": 1, "output_per_million": 1}
QUICK = {"polling": {"first_ms": 1, "longest_ms": 1}}
PICTURE = "https://pictures.example/1.png"
VENDORS = {
    "fal": ("fal-ai/flux/dev", QUICK),
    "replicate": ("black-forest-labs/flux-schnell", QUICK),
    "bfl": ("flux-2-pro", QUICK),
    "minimax": ("image-01", {}),
}


class Jobs(Upstream):
    """Each path has several answers, one after the other; the last one stays."""

    def answer(self, path, request):
        # Replicate's SDK adds the version itself, and fal's says whether it wants the logs.
        path = path.replace("/v1/", "/").replace("?logs=0", "").replace("?logs=false", "")
        answers = self.answers[path]
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        return status, "application/json", json.dumps(body).encode()

    def will(self, answers):
        self.answers = {path: list(given) for path, given in answers.items()}
        self.requests.clear()


def setUpModule():
    global upstream, client
    upstream = Jobs()
    unittest.addModuleCleanup(upstream.close)
    providers, models = {}, {}
    for name, (model, settings) in VENDORS.items():
        url = f"{upstream.url}/{name}"
        providers[name] = {"adapter": name, "base_url": url, "api_key": "k", "settings": settings}
        chain = [{"provider": name, "model": model}]
        models[name] = {"capability": "images", "pricing": PRICE, "chain": chain}
    gateway = Gateway(providers, models)
    unittest.addModuleCleanup(gateway.close)
    client = openai.OpenAI(
        base_url=gateway.url + "/v1", api_key="unused", max_retries=0, timeout=30
    )
    unittest.addModuleCleanup(client.close)


class ImageVendors(unittest.TestCase):
    def paint(self, model, **parameters):
        raw = client.images.with_raw_response.generate(model=model, prompt="a cat", **parameters)
        self.dropped = raw.headers.get("x-jackfield-dropped")
        return [it.url or it.b64_json for it in raw.parse().data]

    def sent(self):
        return upstream.requests[0][2]

    def check_refused(self, model, words):
        """The request is at fault: the client is told why, and no other target would be tried."""
        with self.assertRaises(openai.BadRequestError) as caught:
            self.paint(model)
        self.assertIn(words, caught.exception.response.text)

    def fal(self, *result, hiccups=1):
        job = f"{upstream.url}/fal/fal-ai/flux/requests/1"
        urls = {"status_url": f"{job}/status", "response_url": job, "cancel_url": f"{job}/cancel"}
        busy, done = ({"status": it, "logs": None, "metrics": {}} for it in ("IN_PROGRESS", "COMPLETED"))
        upstream.will({
            "/fal/fal-ai/flux/dev": [(200, {"request_id": "1", **urls})],
            "/fal/fal-ai/flux/requests/1/status": [(202, busy), *[(502, {})] * hiccups, (200, done)],
            "/fal/fal-ai/flux/requests/1": [result],
        })

    def test_fal_is_polled_and_fetched(self):
        self.fal(200, {"images": [{"url": PICTURE}]})
        self.assertEqual(self.paint("fal", size="1024x1536", quality="high", n=2), [PICTURE])
        self.assertEqual(self.dropped, "quality, n")
        self.assertEqual(self.sent()["image_size"], {"width": 1024, "height": 1536})
        self.assertEqual(len(upstream.requests), 5)

    def test_fals_own_sdk_finds_the_same_picture(self):
        self.fal(200, {"images": [{"url": PICTURE}]}, hiccups=0)
        with mock.patch.object(fal_client.client, "QUEUE_URL_FORMAT", f"{upstream.url}/fal/"):
            own = fal_client.SyncClient(key="k").submit("fal-ai/flux/dev", {"prompt": "a cat"}).get(interval=0.001)
        self.fal(200, {"images": [{"url": PICTURE}]})
        self.assertEqual([it["url"] for it in own["images"]], self.paint("fal"))

    def test_fal_moderates(self):
        fault = {"loc": ["body", "prompt"], "msg": "flagged", "type": "content_policy_violation"}
        self.fal(422, {"detail": [fault]})
        self.check_refused("fal", "flagged")

    def replicate(self, *states):
        first, *rest = [{"id": "p1", "model": "m", "version": "v", **state} for state in states]
        upstream.will({
            "/replicate/models/black-forest-labs/flux-schnell/predictions": [(201, first)],
            "/replicate/predictions/p1": [(200, state) for state in rest],
        })

    def test_replicate_waits_and_is_polled(self):
        done = {"status": "succeeded", "output": [PICTURE]}
        self.replicate({"status": "starting"}, {"status": "processing"}, done)
        self.assertEqual(self.paint("replicate", size="1536x1024"), [PICTURE])
        self.assertEqual(self.sent()["input"]["aspect_ratio"], "3:2")
        self.assertEqual(upstream.requests[0][1]["prefer"], "wait=60")
        self.replicate(done)
        self.assertEqual(self.paint("replicate"), [PICTURE])
        self.assertEqual(len(upstream.requests), 1)

    def test_replicates_own_sdk_finds_the_same_picture(self):
        states = ({"status": "starting"}, {"status": "processing"}, {"status": "succeeded", "output": [PICTURE]})
        self.replicate(*states)
        own = replicate.Client(api_token="k", base_url=f"{upstream.url}/replicate")
        self.addCleanup(own._client.close)
        own.poll_interval = 0.001
        made = own.run("black-forest-labs/flux-schnell", input={"prompt": "a cat"})
        self.replicate(*states)
        self.assertEqual([it.url for it in made], self.paint("replicate"))

    def test_replicate_moderates(self):
        self.replicate({"status": "failed", "error": "NSFW content detected."})
        self.check_refused("replicate", "NSFW")

    def bfl(self, *states):
        upstream.will({
            "/bfl/flux-2-pro": [(200, {"polling_url": "https://api.bfl.ai/v1/get_result?id=1"})],
            "/bfl/get_result?id=1": [(200, state) for state in states],
        })

    def test_bfl_is_polled(self):
        self.bfl({"status": "Pending"}, {"status": "Ready", "result": {"sample": PICTURE}})
        self.assertEqual(self.paint("bfl", size="1024x768"), [PICTURE])
        self.assertEqual((self.sent()["width"], self.sent()["height"]), (1024, 768))
        self.assertEqual(upstream.requests[-1][1]["x-key"], "k")

    def test_bfls_own_sdk_finds_the_same_picture(self):
        ready = [(200, {"status": "Ready", "result": {"sample": PICTURE, "prompt": "a cat"}})]
        # It takes the URL as it is, and its model's path below the host.
        submitted = {"id": "1", "polling_url": f"{upstream.url}/v1/get_result?id=1"}
        upstream.will({"/flux-pro-1.1": [(200, submitted)], "/get_result?id=1": ready})
        # It tells on the screen that it polls.
        with contextlib.redirect_stdout(io.StringIO()):
            own = BFLClient("k", base_url=upstream.url)
            self.addCleanup(own.session.close)
            made = own.generate("flux-pro-1.1", {"prompt": "a cat", "width": 1024, "height": 768}, ClientConfig(sync=True))
        asked, key = self.sent(), upstream.requests[0][1]["X-Key"]
        self.bfl(ready[0][1])
        self.assertEqual([made.result["sample"]], self.paint("bfl", size="1024x768"))
        sent = self.sent()
        self.assertEqual([sent[it] for it in ("prompt", "width", "height")], [asked[it] for it in ("prompt", "width", "height")])
        self.assertEqual(key, upstream.requests[0][1]["x-key"])

    def test_bfl_moderates(self):
        self.bfl({"status": "Request Moderated"})
        self.check_refused("bfl", "filter")

    def minimax(self, code=0, **data):
        body = {"data": data, "base_resp": {"status_code": code, "status_msg": "words"}}
        upstream.will({"/minimax/image_generation": [(200, body)]})

    def test_minimax_answers_at_once(self):
        self.minimax(image_base64=["/9j/"])
        made = self.paint("minimax", size="1024x1024", response_format="b64_json")
        self.assertEqual(made, ["/9j/"])
        self.assertEqual(self.sent()["aspect_ratio"], "1:1")
        self.assertEqual(self.sent()["response_format"], "base64")

    def test_minimax_fails_with_status_200(self):
        self.minimax(code=1026)
        self.check_refused("minimax", "words")
        self.minimax(code=1008)
        with self.assertRaises(openai.InternalServerError):
            self.paint("minimax")


if __name__ == "__main__":
    unittest.main()
