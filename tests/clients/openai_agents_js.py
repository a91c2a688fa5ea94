"""OpenAI's Agents SDK for JavaScript: an agent with two tools, run and streamed."""

from stage.client import Client, Npm, library, of_library

CLIENT = Client(
    "OpenAI Agents SDK (JavaScript)",
    Npm(("@openai/agents@0.20.0", "zod@4.6.7")),
    ("chat", "responses"),
    of_library,
    library("ask_openai_agents.mjs"),
)
