"""LangChain for JavaScript with its packages for OpenAI and Anthropic: an agent, invoked and streamed."""

from stage.client import Client, Npm, library, of_library

CLIENT = Client(
    "LangChain (JavaScript)",
    Npm((
        "langchain@1.5.14",
        "@langchain/openai@1.6.0",
        "@langchain/anthropic@1.5.11",
        "@langchain/core@1.4.0",
        "zod@4.6.7",
    )),
    ("chat", "messages", "responses"),
    of_library,
    library("ask_langchain.mjs"),
)
