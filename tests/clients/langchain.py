"""LangChain for Python with its packages for OpenAI and Anthropic: an agent, invoked and streamed."""

from stage.client import Client, Pip, library, of_library

CLIENT = Client(
    "LangChain (Python)",
    Pip(("langchain==1.5.2", "langchain-openai==1.7.4", "langchain-anthropic==1.7.10")),
    ("chat", "messages", "responses"),
    of_library,
    library("ask_langchain.py"),
)
