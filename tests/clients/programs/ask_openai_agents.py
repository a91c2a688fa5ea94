"""An agent of OpenAI's Agents SDK with two tools, run and streamed; prints what it says in the end."""

import asyncio
import os

from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
from notes import read_note, write_note
from openai import AsyncOpenAI

MODELS = {"chat": OpenAIChatCompletionsModel, "responses": OpenAIResponsesModel}


async def main():
    client = AsyncOpenAI(base_url=os.environ["API"], api_key=os.environ["KEY"], max_retries=0)
    model = MODELS[os.environ["DIALECT"]](os.environ["MODEL"], client)
    agent = Agent(name="notes", model=model, tools=[function_tool(read_note), function_tool(write_note)])
    print((await Runner.run(agent, os.environ["TASK"])).final_output)
    streamed = Runner.run_streamed(agent, os.environ["TASK"])
    async for _ in streamed.stream_events():
        pass
    print(streamed.final_output)


set_tracing_disabled(True)
asyncio.run(main())
