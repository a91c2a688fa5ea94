"""An agent of LlamaIndex with two tools, whole and streamed; prints what it says in the end."""

import asyncio
import os

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai_like import OpenAILike
from notes import read_note, write_note


async def main():
    llm = OpenAILike(
        model=os.environ["MODEL"],
        api_base=os.environ["API"],
        api_key=os.environ["KEY"],
        is_chat_model=True,
        is_function_calling_model=True,
        max_retries=0,
    )
    for streaming in (False, True):
        agent = FunctionAgent(tools=[read_note, write_note], llm=llm, streaming=streaming)
        print(await agent.run(os.environ["TASK"]))


asyncio.run(main())
