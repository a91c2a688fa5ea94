"""An agent of LangChain with two tools, invoked and streamed; prints what it says in the end."""

import os

from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI
from notes import read_note, write_note

DIALECTS = {
    "chat": lambda: ChatOpenAI(model=os.environ["MODEL"], base_url=os.environ["API"], api_key=os.environ["KEY"]),
    "responses": lambda: ChatOpenAI(
        model=os.environ["MODEL"], base_url=os.environ["API"], api_key=os.environ["KEY"], use_responses_api=True
    ),
    "messages": lambda: ChatAnthropic(
        model=os.environ["MODEL"], base_url=os.environ["URL"], api_key=os.environ["KEY"]
    ),
}


agent = create_agent(DIALECTS[os.environ["DIALECT"]](), [read_note, write_note])
asked = {"messages": [{"role": "user", "content": os.environ["TASK"]}]}
print(agent.invoke(asked)["messages"][-1].text)
steps = [step for step in agent.stream(asked, stream_mode="values")]
print(steps[-1]["messages"][-1].text)
pieces = [piece for piece, _ in agent.stream(asked, stream_mode="messages") if piece.type == "AIMessageChunk"]
last = [piece.text for piece in pieces if piece.id == pieces[-1].id]
print("".join(last))
