"""The official SDKs of OpenAI, Anthropic and Cohere over an upstream that speaks Cohere's protocol.

Each script is read three times: by Cohere's SDK from the upstream itself, and by the two others through a
gateway. All must agree on what it means, buffered and streamed.
"""

import json
import unittest
from pathlib import Path

import anthropic
import cohere
import openai
from cohere_replies import by_cohere, by_cohere_streamed, call, events, reply
from scripted import Gateway, Upstream
from summaries import ASK, by_anthropic, by_anthropic_streamed, by_openai, by_openai_streamed

RECORDINGS = Path(__file__).parents[4] / "shared" / "fixtures" / "cohere"
PRICE = {"input_per_million": 1, "output_per_million": 2}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}
TOOL_OF_ANTHROPIC = {"name": "weather", "input_schema": PARAMETERS}


def setUpModule():
    global upstream, gateway, of_openai, of_anthropic, of_cohere, ranker
    upstream = Upstream()
    providers = {"cohere": {"adapter": "cohere", "base_url": upstream.url, "api_key": "k"}}
    target = lambda model: [{"provider": "cohere", "model": model}]
    models = {
        "chat": {"pricing": PRICE, "chain": target("command-a-reasoning-08-2025")},
        "embed": {"capability": "embeddings", "pricing": PRICE, "chain": target("embed-v4.0")},
        "rank": {"capability": "rerank", "pricing": PRICE, "chain": target("rerank-v4.0-pro")},
    }
    unittest.addModuleCleanup(upstream.close)
    gateway = Gateway(providers, models)
    unittest.addModuleCleanup(gateway.close)
    once = {"api_key": "unused", "max_retries": 0, "timeout": 30}
    of_openai = openai.OpenAI(base_url=gateway.url + "/v1", **once)
    of_anthropic = anthropic.Anthropic(base_url=gateway.url, **once)
    of_cohere = cohere.ClientV2(api_key="k", base_url=upstream.url)
    ranker = cohere.Client(api_key="k", base_url=gateway.url)
    for client in (of_openai, of_anthropic):
        unittest.addModuleCleanup(client.close)
    for client in (of_cohere, ranker):
        unittest.addModuleCleanup(client.__exit__, None, None, None)


class EverySdkAgrees(unittest.TestCase):
    def agree(self, whole, stream=None):
        upstream.script("/v2/chat", whole, list(stream or events(whole)))
        expected = by_cohere(of_cohere) if whole else by_cohere_streamed(of_cohere)
        readers = [
            (by_cohere_streamed, of_cohere),
            (by_openai_streamed, of_openai),
            (by_anthropic_streamed, of_anthropic),
        ]
        if whole:
            readers += [(by_openai, of_openai), (by_anthropic, of_anthropic)]
        for read, client in readers:
            with self.subTest(read.__name__):
                said = read(client)
                if client is of_openai and expected["finish"] == "stop":
                    # OpenAI has one word for both.
                    said["finish"] = {"end": "stop"}[said["finish"]]
                self.assertEqual(said, expected)
        return expected

    def test_text(self):
        said = self.agree(reply({"content": [{"type": "text", "text": "Oslo is the capital."}]}))
        self.assertEqual((said["text"], said["tokens"]), ("Oslo is the capital.", (30, 8, 9)))

    def test_text_cut_by_the_limit(self):
        said = self.agree(reply({"content": [{"type": "text", "text": "Oslo"}]}, "MAX_TOKENS"))
        self.assertEqual(said["finish"], "cut")

    def test_a_stop_sequence(self):
        said = self.agree(reply({"content": [{"type": "text", "text": "Oslo"}]}, "STOP_SEQUENCE"))
        self.assertEqual(said["finish"], "stop")

    def test_thinking(self):
        blocks = [{"type": "thinking", "thinking": "Norway."}, {"type": "text", "text": "Oslo"}]
        self.assertEqual(self.agree(reply({"content": blocks}))["thinking"], "Norway.")

    def test_parallel_calls_and_their_plan(self):
        calls = [call("weather_1", "Oslo"), call("weather_2", "Rome")]
        said = self.agree(
            reply({"tool_plan": "I will look up both.", "tool_calls": calls}, "TOOL_CALL")
        )
        self.assertEqual([made[2] for made in said["calls"]], [{"city": "Oslo"}, {"city": "Rome"}])
        self.assertEqual(said["text"], "I will look up both.")

    def test_a_call_without_arguments(self):
        made = {
            "id": "time_1",
            "type": "function",
            "function": {"name": "time", "arguments": "null"},
        }
        self.assertEqual(
            self.agree(reply({"tool_calls": [made]}, "TOOL_CALL"))["calls"],
            [("time_1", "time", {})],
        )

    @unittest.skipUnless(RECORDINGS.exists(), "there are no recordings")
    def test_every_recorded_reply(self):
        for file in sorted(RECORDINGS.glob("*.json")):
            whole = json.loads(file.read_text())
            if "message" in whole:
                with self.subTest(file.name):
                    self.agree(whole)

    @unittest.skipUnless(RECORDINGS.exists(), "there are no recordings")
    def test_every_recorded_stream(self):
        for file in sorted(RECORDINGS.glob("*.chunks.txt")):
            with self.subTest(file.name):
                self.agree(None, [json.loads(line) for line in file.read_text().splitlines()])


class ASecondTurn(unittest.TestCase):
    """What the model thought and planned comes back to it, whatever the client's dialect."""

    CALLS = [call("weather_1", "Oslo"), call("weather_2", "Rome")]
    THINKING = {"type": "thinking", "thinking": "Two cities."}
    FIRST = reply(
        {"content": [THINKING], "tool_plan": "Both, then.", "tool_calls": CALLS}, "TOOL_CALL"
    )

    def setUp(self):
        upstream.script("/v2/chat", self.FIRST, list(events(self.FIRST)))

    def check(self):
        _, headers, sent = upstream.requests[-1]
        self.assertEqual(headers["authorization"], "Bearer k")
        [_, assistant, first, second] = sent["messages"]
        self.assertEqual(assistant["content"], [self.THINKING])
        self.assertEqual(assistant["tool_plan"], "Both, then.")
        made = [
            (it["id"], json.loads(it["function"]["arguments"])) for it in assistant["tool_calls"]
        ]
        self.assertEqual(made, [("weather_1", {"city": "Oslo"}), ("weather_2", {"city": "Rome"})])
        self.assertEqual((first["tool_call_id"], first["content"]), ("weather_1", "rain"))
        self.assertEqual(second["tool_call_id"], "weather_2")
        self.assertIn("no such city", second["content"])

    def test_in_openais_dialect(self):
        said = of_openai.chat.completions.create(model="chat", messages=ASK, tools=[TOOL])
        self.finish_openai(said.choices[0].message.model_dump(exclude_none=True))

    def test_in_openais_dialect_streamed(self):
        with of_openai.chat.completions.stream(model="chat", messages=ASK, tools=[TOOL]) as stream:
            said = stream.get_final_completion()
        self.finish_openai(said.choices[0].message.model_dump(exclude_none=True))

    def finish_openai(self, message):
        for made in message["tool_calls"]:
            made["function"].pop("parsed_arguments", None)
        results = [
            {"role": "tool", "tool_call_id": "weather_1", "content": "rain"},
            {"role": "tool", "tool_call_id": "weather_2", "content": "Error: no such city"},
        ]
        of_openai.chat.completions.create(
            model="chat", messages=[*ASK, message, *results], tools=[TOOL]
        )
        self.check()

    def test_in_anthropics_dialect(self):
        asked = {"model": "chat", "max_tokens": 99, "tools": [TOOL_OF_ANTHROPIC]}
        said = of_anthropic.messages.create(messages=ASK, **asked)
        self.finish_anthropic(said.content, asked)

    def test_in_anthropics_dialect_streamed(self):
        asked = {"model": "chat", "max_tokens": 99, "tools": [TOOL_OF_ANTHROPIC]}
        with of_anthropic.messages.stream(messages=ASK, **asked) as stream:
            said = stream.get_final_message()
        self.finish_anthropic(said.content, asked)

    def finish_anthropic(self, content, asked):
        results = [
            {"type": "tool_result", "tool_use_id": "weather_1", "content": "rain"},
            {
                "type": "tool_result",
                "tool_use_id": "weather_2",
                "content": "no such city",
                "is_error": True,
            },
        ]
        turns = [{"role": "assistant", "content": content}, {"role": "user", "content": results}]
        of_anthropic.messages.create(messages=[*ASK, *turns], **asked)
        self.check()


class Requests(unittest.TestCase):
    """What reaches the upstream is what the vendor's API has."""

    def setUp(self):
        whole = reply({"content": [{"type": "text", "text": "{}"}]})
        upstream.script("/v2/chat", whole, list(events(whole)))

    def sent(self):
        return upstream.requests[-1][2]

    def test_a_forced_tool_of_openai(self):
        other = {"type": "function", "function": {"name": "time"}}
        choice = {"type": "function", "function": {"name": "weather"}}
        of_openai.chat.completions.create(
            model="chat", messages=ASK, tools=[TOOL, other], tool_choice=choice
        )
        self.assertEqual(self.sent()["tool_choice"], "REQUIRED")
        self.assertEqual([tool["function"]["name"] for tool in self.sent()["tools"]], ["weather"])

    def test_a_forced_tool_of_anthropic(self):
        tools = [TOOL_OF_ANTHROPIC, {"name": "time", "input_schema": PARAMETERS}]
        choice = {"type": "tool", "name": "time"}
        of_anthropic.messages.create(
            model="chat", max_tokens=99, messages=ASK, tools=tools, tool_choice=choice
        )
        self.assertEqual(self.sent()["tool_choice"], "REQUIRED")
        self.assertEqual([tool["function"]["name"] for tool in self.sent()["tools"]], ["time"])

    def test_thinking_of_both(self):
        of_openai.chat.completions.create(model="chat", messages=ASK, reasoning_effort="low")
        self.assertEqual(self.sent()["thinking"], {"type": "enabled", "token_budget": 1024})
        thinking = {"type": "enabled", "budget_tokens": 2048}
        of_anthropic.messages.create(
            model="chat", max_tokens=4096, messages=ASK, thinking=thinking, extra_body={"top_k": 7}
        )
        self.assertEqual(self.sent()["thinking"], {"type": "enabled", "token_budget": 2048})
        self.assertEqual(self.sent()["k"], 7)

    def test_a_schema(self):
        schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
        form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
        of_openai.chat.completions.create(model="chat", messages=ASK, response_format=form)
        self.assertEqual(
            self.sent()["response_format"], {"type": "json_object", "json_schema": schema}
        )

    def test_documents_and_their_citations(self):
        source = {
            "type": "document",
            "id": "doc:0",
            "document": {"title": "a", "url": "https://a.example"},
        }
        cited = {"start": 0, "end": 4, "text": "Oslo", "sources": [source], "type": "TEXT_CONTENT"}
        whole = reply({"content": [{"type": "text", "text": "Oslo it is."}], "citations": [cited]})
        upstream.script("/v2/chat", whole, list(events(whole)))
        extra = {"extra_body": {"documents": ["Oslo is the capital."], "safety_mode": "STRICT"}}
        said = of_openai.chat.completions.create(model="chat", messages=ASK, **extra)
        [annotation] = said.choices[0].message.annotations
        self.assertEqual(
            (annotation.type, annotation.url_citation.url), ("url_citation", "https://a.example")
        )
        self.assertEqual(self.sent()["documents"], ["Oslo is the capital."])
        with of_openai.chat.completions.stream(model="chat", messages=ASK, **extra) as stream:
            [streamed] = stream.get_final_completion().choices[0].message.annotations
        self.assertEqual(streamed.url_citation.end_index, 4)

    def test_what_is_left_out_is_named(self):
        raw = of_openai.chat.completions.with_raw_response.create(
            model="chat", messages=ASK, user="ann", logit_bias={"1": 1}
        )
        self.assertEqual(raw.headers["x-jackfield-dropped"], "user, logit_bias")


class Failures(unittest.TestCase):
    def failure(self, status, message):
        upstream.script("/v2/chat", {"id": "x", "message": message}, None, status)
        with self.assertRaises(openai.APIStatusError) as caught:
            of_openai.chat.completions.create(model="chat", messages=ASK)
        return caught.exception

    def test_the_clients_fault_is_told(self):
        failure = self.failure(400, "invalid request: no")
        self.assertEqual(failure.status_code, 400)
        self.assertIn("invalid request: no", failure.response.text)

    def test_blocked_content_is_told(self):
        failure = self.failure(498, "blocked output")
        self.assertEqual(failure.status_code, 400)
        self.assertIn("blocked output", failure.response.text)

    def test_the_upstreams_fault_is_not(self):
        for status in (401, 404, 499, 500, 501, 503):
            failure = self.failure(status, "secret words")
            self.assertGreaterEqual(failure.status_code, 500)
            self.assertNotIn("secret words", failure.response.text)

    def test_a_stream_that_failed_does_not_look_finished(self):
        whole = reply({"content": [{"type": "text", "text": "Oslo"}]})
        broken = list(events(whole))
        broken[-1] = {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "oh"}}
        for stream in (broken, broken[:-1]):
            upstream.script("/v2/chat", whole, stream)
            chunks = of_openai.chat.completions.create(model="chat", messages=ASK, stream=True)
            with self.assertRaises(openai.APIError):
                for chunk in chunks:
                    self.assertFalse(chunk.choices and chunk.choices[0].finish_reason)


class EmbeddingsAndRankings(unittest.TestCase):
    def test_vectors_in_both_forms(self):
        vectors = [[0.5, -1.0, 0.25], [0.125, 0.0, 2.0]]
        meta = {"billed_units": {"input_tokens": 10}}
        whole = {
            "id": "e",
            "embeddings": {"float": vectors},
            "texts": ["a", "b"],
            "meta": meta,
            "response_type": "embeddings_by_type",
        }
        upstream.script("/v2/embed", whole)
        direct = of_cohere.embed(
            model="m", input_type="search_query", texts=["a", "b"], embedding_types=["float"]
        )
        for form in ({}, {"encoding_format": "float"}, {"encoding_format": "base64"}):
            made = of_openai.embeddings.create(
                model="embed",
                input=["a", "b"],
                dimensions=3,
                extra_body={"input_type": "query"},
                **form
            )
            sent = upstream.requests[-1][2]
            self.assertEqual((sent["input_type"], sent["output_dimension"]), ("search_query", 3))
            self.assertEqual(made.usage.prompt_tokens, 10)
            if form != {"encoding_format": "base64"}:
                self.assertEqual([it.embedding for it in made.data], direct.embeddings.float_)

    def test_a_ranking(self):
        results = [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.2}]
        upstream.script(
            "/v2/rerank",
            {"id": "k", "results": results, "meta": {"billed_units": {"search_units": 1}}},
        )
        asked = {"query": "q", "documents": ["a", {"text": "b"}]}
        ranked = ranker.rerank(model="rank", return_documents=True, **asked)
        self.assertEqual(upstream.requests[-1][2]["documents"], ["a", "b"])
        direct = of_cohere.rerank(model="m", query="q", documents=["a", "b"])
        pairs = lambda answer: [(it.index, it.relevance_score) for it in answer.results]
        self.assertEqual(pairs(ranked), pairs(direct))
        self.assertEqual([it.document.text for it in ranked.results], ["b", "a"])


if __name__ == "__main__":
    unittest.main()
