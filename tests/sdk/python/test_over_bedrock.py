"""The official SDKs of OpenAI and Anthropic over an upstream that speaks Bedrock's Converse.

Each script is also read by AWS's own SDK, boto3, from the upstream itself. All must agree on what it means, buffered
and streamed.
"""

import json
import unittest
from pathlib import Path
from urllib.parse import quote

import anthropic
import boto3
import openai
from bedrock_replies import MODEL, by_boto, by_boto_streamed, events, message, reply
from scripted import Gateway, Upstream
from summaries import ASK, by_anthropic, by_anthropic_streamed, by_openai, by_openai_streamed

RECORDINGS = Path(__file__).parents[4] / "shared" / "fixtures" / "amazon-bedrock"
PRICE = {"input_per_million": 1, "output_per_million": 2}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
PATH = f"/model/{quote(MODEL, safe='')}"
THINKING = {"reasoningContent": {"reasoningText": {"text": "Norway.", "signature": "c2ln"}}}
TEXT = {"text": "Oslo is the capital."}


class Bedrock(Upstream):
    """An upstream whose streams are AWS event streams; it has one answer for all paths."""

    def answer(self, path, request):
        whole, stream, status = self.answers["*"]
        if path.endswith("/converse-stream") and status == 200:
            return status, "application/vnd.amazon.eventstream", stream
        return status, "application/json", json.dumps(whole).encode()


def setUpModule():
    global upstream, of_openai, of_anthropic, of_aws
    upstream = Bedrock()
    unittest.addModuleCleanup(upstream.close)
    provider = {
        "adapter": "bedrock",
        "base_url": upstream.url,
        "api_key": "k",
        "auth": {"scheme": "bearer"},
    }
    chain = [{"provider": "bedrock", "model": MODEL}]
    gateway = Gateway({"bedrock": provider}, {"chat": {"pricing": PRICE, "chain": chain}})
    unittest.addModuleCleanup(gateway.close)
    once = {"api_key": "unused", "max_retries": 0, "timeout": 30}
    of_openai = openai.OpenAI(base_url=gateway.url + "/v1", **once)
    of_anthropic = anthropic.Anthropic(base_url=gateway.url, **once)
    for client in (of_openai, of_anthropic):
        unittest.addModuleCleanup(client.close)
    of_aws = boto3.client(
        "bedrock-runtime",
        endpoint_url=upstream.url,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )


def stream(pairs):
    return b"".join(message("event", name, payload) for name, payload in pairs)


class EverySdkAgrees(unittest.TestCase):
    def agree(self, whole):
        upstream.script("*", whole, stream(events(whole)))
        expected = by_openai(of_openai)
        readers = [
            (by_openai_streamed, of_openai),
            (by_anthropic, of_anthropic),
            (by_anthropic_streamed, of_anthropic),
            (by_boto, of_aws),
            (by_boto_streamed, of_aws),
        ]
        for read, client in readers:
            with self.subTest(read.__name__):
                self.assertEqual(read(client), expected)
        return expected

    def test_text(self):
        said = self.agree(reply([TEXT]))
        self.assertEqual((said["text"], said["tokens"]), (TEXT["text"], (38, 8, 9)))

    def test_text_cut_by_the_limit(self):
        self.assertEqual(self.agree(reply([TEXT], "max_tokens"))["finish"], "cut")

    def test_thinking(self):
        self.assertEqual(self.agree(reply([THINKING, TEXT]))["thinking"], "Norway.")

    def test_parallel_calls_of_which_one_has_no_arguments(self):
        calls = [
            {"toolUse": {"toolUseId": "t_1", "name": "weather", "input": {"city": "Oslo"}}},
            {"toolUse": {"toolUseId": "t_2", "name": "time", "input": {}}},
        ]
        said = self.agree(reply([TEXT, *calls], "tool_use"))
        self.assertEqual(
            said["calls"], [("t_1", "weather", {"city": "Oslo"}), ("t_2", "time", {})]
        )

    @unittest.skipUnless(RECORDINGS.exists(), "there are no recordings")
    def test_every_recorded_stream(self):
        for file in sorted(RECORDINGS.glob("*.eventstream.bin")):
            with self.subTest(file.name):
                upstream.script("*", None, file.read_bytes())
                expected = by_openai_streamed(of_openai)
                self.assertEqual(by_anthropic_streamed(of_anthropic), expected)
                self.assertEqual(by_boto_streamed(of_aws), expected)


class AConversation(unittest.TestCase):
    def sent(self):
        path, _, request = upstream.requests[-1]
        self.assertTrue(path.startswith(PATH), path)
        return request

    def test_thinking_goes_back_with_its_signature_from_both(self):
        whole = reply([THINKING, TEXT])
        upstream.script("*", whole, stream(events(whole)))
        more = {"role": "user", "content": "And?"}
        with of_openai.chat.completions.stream(model="chat", messages=ASK) as streamed:
            said = streamed.get_final_completion().choices[0].message.model_dump(exclude_none=True)
        of_openai.chat.completions.create(model="chat", messages=[*ASK, said, more])
        self.assertEqual(self.sent()["messages"][1]["content"], [THINKING, TEXT])
        given = {"model": "chat", "max_tokens": 99}
        with of_anthropic.messages.stream(messages=ASK, **given) as streamed:
            content = streamed.get_final_message().content
        said = {"role": "assistant", "content": [it.to_dict() for it in content]}
        of_anthropic.messages.create(messages=[*ASK, said, more], **given)
        self.assertEqual(self.sent()["messages"][1]["content"], [THINKING, TEXT])

    def test_a_failed_tool_and_a_cache_point(self):
        upstream.script("*", reply([TEXT]), None)
        call = {"type": "tool_use", "id": "t_1", "name": "weather", "input": {}}
        result = {"type": "tool_result", "tool_use_id": "t_1", "content": "no", "is_error": True}
        mark = {"cache_control": {"type": "ephemeral"}}
        of_anthropic.messages.create(
            model="chat",
            max_tokens=99,
            system=[{"type": "text", "text": "Be brief.", **mark}],
            tools=[{"name": "weather", "input_schema": PARAMETERS}],
            messages=[
                *ASK,
                {"role": "assistant", "content": [call]},
                {"role": "user", "content": [result]},
            ],
        )
        sent = self.sent()
        self.assertEqual(sent["system"][1], {"cachePoint": {"type": "default"}})
        self.assertEqual(sent["messages"][2]["content"][0]["toolResult"]["status"], "error")


class Errors(unittest.TestCase):
    def test_an_exception_inside_the_stream(self):
        begun = list(events(reply([TEXT])))[:2]
        failed = message("exception", "throttlingException", {"message": "slow down"})
        upstream.script("*", None, stream(begun) + failed)
        with self.assertRaisesRegex(openai.APIError, "rate limited"):
            by_openai_streamed(of_openai)
        with self.assertRaisesRegex(anthropic.APIStatusError, "rate limited"):
            by_anthropic_streamed(of_anthropic)

    def test_a_request_at_fault(self):
        said = {"message": "text must be non-empty", "__type": "ValidationException"}
        upstream.script("*", said, None, 400)
        with self.assertRaises(openai.BadRequestError) as raised:
            by_openai(of_openai)
        self.assertIn("non-empty", raised.exception.response.text)
        with self.assertRaises(anthropic.BadRequestError) as raised:
            by_anthropic(of_anthropic)
        self.assertIn("non-empty", raised.exception.response.text)


if __name__ == "__main__":
    unittest.main()
