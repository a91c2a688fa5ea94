"""OpenAI's Agents SDK for Python: an agent with two tools, run and streamed."""

from stage.client import Client, Pip, library, of_library

CLIENT = Client(
    "OpenAI Agents SDK",
    Pip(("openai-agents==0.24.0",)),
    ("chat", "responses"),
    of_library,
    library("ask_openai_agents.py"),
)
