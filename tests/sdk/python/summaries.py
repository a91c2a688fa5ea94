"""What the SDKs of OpenAI and Anthropic read in a reply, in one form that can be compared.

`tokens` are those of the prompt, how many of them came from a cache, and those of the reply.
"""

import json

import anthropic
import openai

ASK = [{"role": "user", "content": "Go."}]

FINISH = {
    "stop": "end",
    "length": "cut",
    "tool_calls": "calls",
    "end_turn": "end",
    "stop_sequence": "stop",
    "max_tokens": "cut",
    "tool_use": "calls",
}


def summary(text="", thinking="", calls=(), finish="", tokens=()):
    return {
        "text": text,
        "thinking": thinking,
        "calls": list(calls),
        "finish": finish,
        "tokens": tuple(tokens),
    }


def of_completion(said):
    """A completion of OpenAI's form, by whatever SDK; each vendor has its own word for thinking."""
    choice = said.choices[0]
    message = choice.message
    calls = [
        (it.id, it.function.name, json.loads(it.function.arguments or "{}"))
        for it in message.tool_calls or []
    ]
    used = tokens(said.usage.to_dict())
    return summary(message.content or "", thinking_of(message), calls, FINISH[choice.finish_reason], used)


def tokens(used):
    """The reply's are what the prompt's leave of the total: xAI does not count reasoning as completion."""
    cached = (used.get("prompt_tokens_details") or used).get("cached_tokens") or 0
    return used["prompt_tokens"], cached, used["total_tokens"] - used["prompt_tokens"]


def thinking_of(message):
    for name in ("reasoning_content", "reasoning"):
        if text := getattr(message, name, None):
            return text
    return "".join(it["text"] for it in getattr(message, "reasoning_details", None) or [])


def by_openai(client, model="chat"):
    return of_completion(client.chat.completions.create(model=model, messages=ASK))


def by_openai_streamed(client, model="chat"):
    options = {"stream_options": {"include_usage": True}}
    with client.chat.completions.stream(model=model, messages=ASK, **options) as stream:
        try:
            return of_completion(stream.get_final_completion())
        except openai.LengthFinishReasonError as cut:
            return of_completion(cut.completion)


def of_message(said):
    text = "".join(block.text for block in said.content if block.type == "text")
    thinking = "".join(block.thinking for block in said.content if block.type == "thinking")
    calls = [
        (block.id, block.name, block.input) for block in said.content if block.type == "tool_use"
    ]
    usage = said.usage
    cached = usage.cache_read_input_tokens or 0
    given = usage.input_tokens + cached + (usage.cache_creation_input_tokens or 0)
    tokens = (given, cached, usage.output_tokens)
    return summary(text, thinking, calls, FINISH[said.stop_reason], tokens)


def by_anthropic(client, model="chat"):
    return of_message(client.messages.create(model=model, max_tokens=99, messages=ASK))


def by_anthropic_streamed(client, model="chat"):
    with client.messages.stream(model=model, max_tokens=99, messages=ASK) as stream:
        return of_message(stream.get_final_message())


def clients_of(gateway):
    """OpenAI's and Anthropic's clients of a gateway, which ask once."""
    once = {"api_key": "unused", "max_retries": 0, "timeout": 30}
    return openai.OpenAI(base_url=gateway.url + "/v1", **once), anthropic.Anthropic(base_url=gateway.url, **once)


def readers(of_openai, of_anthropic):
    """Pairs of a buffered and a streamed reading, each a function of the model."""
    return {
        "OpenAI": (lambda it: by_openai(of_openai, it), lambda it: by_openai_streamed(of_openai, it)),
        "Anthropic": (
            lambda it: by_anthropic(of_anthropic, it),
            lambda it: by_anthropic_streamed(of_anthropic, it),
        ),
    }
