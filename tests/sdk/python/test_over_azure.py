"""The SDKs of OpenAI and Anthropic over an upstream that speaks Azure OpenAI's protocol, in both of its forms.

Each script is also read by the SDK's own class for Azure (deployments), and by its usual one (the v1 API), from the
upstream itself. All must agree on what it means, buffered and streamed.
"""

import unittest

import anthropic
import openai
from chat_replies import Chats, call, chunks, reply
from scripted import JSON_ERRORS, Gateway
from summaries import ASK, clients_of, readers

PRICE = {"input_per_million": 1, "output_per_million": 2}
VERSION = "2024-10-21"
SAFE = {"hate": {"filtered": False, "severity": "safe"}}
FILTERED = {"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}]}
PATHS = {
    "v1": "/openai/v1/chat/completions",
    "deployments": f"/openai/deployments/my-gpt/chat/completions?api-version={VERSION}",
}


def setUpModule():
    global upstream, of_openai, own, readings
    upstream = Chats()
    unittest.addModuleCleanup(upstream.close)
    azure = {"adapter": "azure-openai", "base_url": upstream.url, "api_key": "k"}
    providers = {"v1": azure, "deployments": {**azure, "settings": {"api_version": VERSION}}}
    models = {
        it: {"pricing": PRICE, "chain": [{"provider": it, "model": "my-gpt"}]} for it in providers
    }
    gateway = Gateway(providers, models, server=JSON_ERRORS)
    unittest.addModuleCleanup(gateway.close)
    of_openai, of_anthropic = clients_of(gateway)
    once = {"api_key": "k", "max_retries": 0, "timeout": 30}
    own = {
        "v1": openai.OpenAI(base_url=f"{upstream.url}/openai/v1", **once),
        "deployments": openai.AzureOpenAI(azure_endpoint=upstream.url, api_version=VERSION, **once),
    }
    for client in (of_openai, of_anthropic, *own.values()):
        unittest.addModuleCleanup(client.close)
    readings = readers(of_openai, of_anthropic)


def as_azure_writes(whole):
    """The same reply with what the content filter says, and its stream, which begins with that alone."""
    choice = {**whole["choices"][0], "content_filter_results": SAFE}
    filtered = {**whole, "choices": [choice], **FILTERED}
    begun = {"id": "", "object": "", "created": 0, "model": "", "choices": [], **FILTERED}
    return filtered, [begun, *chunks(whole)]


class EverySdkAgrees(unittest.TestCase):
    def agree(self, whole):
        upstream.frames(*as_azure_writes(whole))
        said = None
        for form, client in own.items():
            for streamed, reads in enumerate(readers(client, None)["OpenAI"]):
                expected = reads("my-gpt")
                said = said or expected
                self.assertEqual(expected, said)
                asked = upstream.requests[-1][0]
                for name, through in readings.items():
                    with self.subTest(form=form, client=name, streamed=bool(streamed)):
                        self.assertEqual(through[streamed](form), expected)
                        path, headers, request = upstream.requests[-1]
                        self.assertEqual((path, asked), (PATHS[form], PATHS[form]))
                        self.assertEqual((headers["api-key"], request["model"]), ("k", "my-gpt"))
        return said

    def test_text(self):
        said = self.agree(reply("Oslo is the capital."))
        self.assertEqual((said["text"], said["tokens"]), ("Oslo is the capital.", (38, 8, 9)))

    def test_text_cut_by_the_limit(self):
        self.assertEqual(self.agree(reply("Oslo is", finish="length"))["finish"], "cut")

    def test_parallel_calls_whose_arguments_come_by_turns(self):
        said = self.agree(reply(None, [call("c_1", "Oslo"), call("c_2", "Rome")], "tool_calls"))
        self.assertEqual([it[2]["city"] for it in said["calls"]], ["Oslo", "Rome"])

    def test_what_the_filter_says_reaches_the_client(self):
        upstream.frames(*as_azure_writes(reply("Oslo.")))
        said = of_openai.chat.completions.create(model="deployments", messages=ASK)
        self.assertEqual(said.model_extra["prompt_filter_results"], FILTERED["prompt_filter_results"])


class Errors(unittest.TestCase):
    def refused(self, status, error, of_openai, of_anthropic):
        upstream.frames({"error": error}, None, status)
        for form in own:
            with self.subTest(form):
                with self.assertRaises(of_openai) as raised:
                    readings["OpenAI"][0](form)
                with self.assertRaises(of_anthropic):
                    readings["Anthropic"][1](form)
        return raised.exception

    def test_a_prompt_that_the_filter_stopped(self):
        error = {"message": "The response was filtered", "code": "content_filter", "param": "prompt", "status": 400}
        raised = self.refused(400, error, openai.BadRequestError, anthropic.BadRequestError)
        self.assertEqual((raised.code, raised.param), ("content_filter", "prompt"))

    def test_a_limit(self):
        error = {"code": "429", "message": "Requests have exceeded call rate limit"}
        self.refused(429, error, openai.RateLimitError, anthropic.RateLimitError)

    def test_a_deployment_that_is_not_there_is_the_operators_matter(self):
        error = {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}
        self.refused(404, error, openai.InternalServerError, anthropic.InternalServerError)

    def test_a_stream_that_breaks_off_is_no_answer(self):
        _, events = as_azure_writes(reply("Oslo is the capital."))
        upstream.frames(None, events[:4], end="")
        for form in own:
            with self.assertRaises(openai.APIError):
                readings["OpenAI"][1](form)


if __name__ == "__main__":
    unittest.main()
