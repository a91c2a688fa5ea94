"""What the adapters send, held against the types of the vendors' SDKs: nothing that a vendor does not know.

Each parameter goes out by itself, in a conversation with everything in it; a request that the gateway refuses by name
reaches nobody.
"""

import re
import unittest

import anthropic
import boto3
import openai
from anthropic.types.beta.message_create_params import MessageCreateParams
from botocore.validate import ParamValidator
from groq.types.chat.completion_create_params import CompletionCreateParams as OfGroq
from mistralai.client.models import ChatCompletionRequestTypedDict as OfMistral
from openai.types.chat.completion_create_params import CompletionCreateParams as OfOpenAI
from scripted import JSON_ERRORS, Gateway, Upstream
from strict import unknown
from summaries import clients_of

PRICE = {"input_per_million": 1, "output_per_million": 2}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
MARK = {"cache_control": {"type": "ephemeral"}}

OPENAI_CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Oslo"}'}}
OF_OPENAI = {
    "messages": [
        {"role": "developer", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Where is this?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"}},
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [OPENAI_CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "sunny"}]},
        {"role": "user", "content": "And?", "name": "ann"},
    ],
    "tools": [{"type": "function", "function": {"name": "weather", "strict": True, "parameters": SCHEMA}}],
}
OPENAI_PARAMETERS = [
    {},
    {"stream": True},
    {"max_tokens": 99},
    {"max_completion_tokens": 99},
    {"temperature": 0.5},
    {"top_p": 0.5},
    {"stop": ["x"]},
    {"seed": 7},
    {"n": 2},
    {"user": "ann"},
    {"safety_identifier": "ann"},
    {"prompt_cache_key": "k"},
    {"metadata": {"a": "b"}},
    {"store": False},
    {"service_tier": "auto"},
    {"verbosity": "low"},
    {"logit_bias": {"5": 1}},
    {"logprobs": True, "top_logprobs": 2},
    {"presence_penalty": 0.5},
    {"frequency_penalty": 0.5},
    {"parallel_tool_calls": False},
    {"tool_choice": "none"},
    {"tool_choice": "required"},
    {"tool_choice": {"type": "function", "function": {"name": "weather"}}},
    {"response_format": {"type": "json_object"}},
    {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "strict": True, "schema": SCHEMA}}},
    *({"reasoning_effort": it} for it in ("none", "minimal", "low", "medium", "high", "xhigh")),
    {"prediction": {"type": "content", "content": "x"}},
]

ANTHROPIC_IMAGE = {"type": "base64", "media_type": "image/png", "data": PIXEL}
OF_ANTHROPIC = {
    "max_tokens": 4096,
    "system": [{"type": "text", "text": "Be brief.", **MARK}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Where is this?"},
                {"type": "image", "source": ANTHROPIC_IMAGE, **MARK},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
                {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "no", "is_error": True, **MARK},
                {"type": "text", "text": "And?"},
            ],
        },
    ],
    "tools": [{"name": "weather", "description": "w", "input_schema": SCHEMA, **MARK}],
}
ANTHROPIC_PARAMETERS = [
    {},
    {"stream": True},
    {"stop_sequences": ["x"]},
    {"metadata": {"user_id": "ann"}},
    {"service_tier": "auto"},
    {"extra_body": {"temperature": 0.5}},
    {"extra_body": {"top_p": 0.5}},
    {"extra_body": {"top_k": 5}},
    {"tool_choice": {"type": "none"}},
    {"tool_choice": {"type": "any", "disable_parallel_tool_use": True}},
    {"tool_choice": {"type": "tool", "name": "weather"}},
    {"thinking": {"type": "enabled", "budget_tokens": 2048}},
    {"thinking": {"type": "adaptive"}},
    {"thinking": {"type": "disabled"}},
    *({"output_config": {"effort": it}} for it in ("low", "high", "max")),
    {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
]


def by_types(kind, *tolerated):
    """What a request has that the type does not know, but for these patterns."""
    known = re.compile("|".join(tolerated) or "(?!)")
    return lambda sent: [it for it in unknown(sent, kind) if not known.fullmatch(it)]


def of_aws(sent):
    client = boto3.client("bedrock-runtime", region_name="x", aws_access_key_id="a", aws_secret_access_key="b")
    shape = client.meta.service_model.operation_model("Converse").input_shape
    report = ParamValidator().validate({"modelId": "m", **sent}, shape)
    # Images are bytes there, which are base64 on the wire.
    return [it for it in report.generate_report().split("\n") if it and "<class 'bytes'>" not in it]


# Beside the types, OpenAI takes a tool's name with its result, Groq `stream_options`, and older models of Anthropic
# the parameters of sampling.
NAMED = r"\.messages\[\d+\]\.name"
VENDORS = {
    "openai": ({"adapter": "openai"}, by_types(OfOpenAI, NAMED)),
    "azure-openai": ({"adapter": "azure-openai"}, by_types(OfOpenAI, NAMED)),
    "groq": ({"adapter": "openai", "settings": {"preset": "groq"}}, by_types(OfGroq, NAMED, r"\.stream_options")),
    # Its types have the schema of an answer under the name that Python has for it.
    "mistral": ({"adapter": "mistral"}, by_types(OfMistral, r"\.response_format\.json_schema .*")),
    "anthropic": ({"adapter": "anthropic"}, by_types(MessageCreateParams, r"\.temperature", r"\.top_p", r"\.top_k")),
    "bedrock": ({"adapter": "bedrock", "auth": {"scheme": "bearer"}}, of_aws),
}


def setUpModule():
    global upstream, of_openai, of_anthropic
    upstream = Upstream()
    unittest.addModuleCleanup(upstream.close)
    providers, models = {}, {}
    for name, (provider, _) in VENDORS.items():
        providers[name] = {"base_url": f"{upstream.url}/{name}", "api_key": "k", **provider}
        models[name] = {"pricing": PRICE, "chain": [{"provider": name, "model": "m"}]}
    gateway = Gateway(providers, models, server=JSON_ERRORS)
    unittest.addModuleCleanup(gateway.close)
    of_openai, of_anthropic = clients_of(gateway)
    for client in (of_openai, of_anthropic):
        unittest.addModuleCleanup(client.close)


class NothingUnknownIsSent(unittest.TestCase):
    def check(self, create, usual, parameters, failures):
        """Every request is answered with an error; what counts is what came."""
        for vendor, (_, unknown_to_it) in VENDORS.items():
            reached = 0
            for more in parameters:
                upstream.requests.clear()
                with self.assertRaises(failures):
                    list(create(model=vendor, **{**usual, **more}))
                for path, _, sent in upstream.requests:
                    reached += 1
                    with self.subTest(vendor=vendor, parameter=more):
                        self.assertEqual(unknown_to_it(sent), [])
            self.assertGreater(reached, len(parameters) / 2, vendor)

    def test_from_openais_sdk(self):
        self.check(of_openai.chat.completions.create, OF_OPENAI, OPENAI_PARAMETERS, openai.APIError)

    def test_from_anthropics_sdk(self):
        self.check(of_anthropic.messages.create, OF_ANTHROPIC, ANTHROPIC_PARAMETERS, anthropic.APIError)


if __name__ == "__main__":
    unittest.main()
