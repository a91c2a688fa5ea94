"""pydantic-ai: an agent with two tools, run and streamed."""

from stage.client import Client, Pip, library, of_library

CLIENT = Client(
    "pydantic-ai",
    Pip(("pydantic-ai-slim[openai,anthropic]==2.68.0",)),
    ("chat", "messages", "responses"),
    of_library,
    library("ask_pydantic_ai.py"),
)
