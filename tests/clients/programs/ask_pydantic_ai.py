"""An agent of pydantic-ai with two tools, run and streamed; prints what it says in the end."""

import asyncio
import os

from notes import read_note, write_note
from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

MODEL, KEY = os.environ["MODEL"], os.environ["KEY"]
of_openai = lambda kind: kind(MODEL, provider=OpenAIProvider(base_url=os.environ["API"], api_key=KEY))
DIALECTS = {
    "chat": lambda: of_openai(OpenAIChatModel),
    "responses": lambda: of_openai(OpenAIResponsesModel),
    "messages": lambda: AnthropicModel(
        MODEL, provider=AnthropicProvider(base_url=os.environ["URL"], api_key=KEY)
    ),
}

agent = Agent(DIALECTS[os.environ["DIALECT"]](), tools=[read_note, write_note])


async def listen(_, events):
    """Whoever gives this has the replies streamed."""
    async for _ in events:
        pass


async def main():
    print((await agent.run(os.environ["TASK"])).output)
    print((await agent.run(os.environ["TASK"], event_stream_handler=listen)).output)


asyncio.run(main())
