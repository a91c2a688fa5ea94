"""LiteLLM as a client, with a loop of tools, buffered and streamed; prints what the model says in the end."""

import json
import os

import litellm
from notes import TOOLS, use

PREFIX = {"chat": "openai", "messages": "anthropic", "responses": "openai/responses"}
BASE = {"chat": "API", "messages": "URL", "responses": "API"}
DIALECT = os.environ["DIALECT"]


def ask(messages, stream):
    said = litellm.completion(
        model=f"{PREFIX[DIALECT]}/{os.environ['MODEL']}",
        api_base=os.environ[BASE[DIALECT]],
        api_key=os.environ["KEY"],
        messages=messages,
        tools=TOOLS,
        stream=stream,
    )
    if stream:
        said = litellm.stream_chunk_builder(list(said), messages=messages)
    return said.choices[0].message


for stream in (False, True):
    messages = [{"role": "user", "content": os.environ["TASK"]}]
    while (said := ask(messages, stream)).tool_calls:
        messages.append(said.model_dump(exclude_none=True))
        for call in said.tool_calls:
            result = use(call.function.name, **json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    print(said.content)
