"""LiteLLM's Python library as a client, with a loop of tools."""

from stage.client import Client, Pip, library, of_library

CLIENT = Client(
    "LiteLLM, as a library",
    Pip(("litellm==1.110.2",)),
    ("chat", "messages", "responses"),
    of_library,
    library("ask_litellm.py"),
)
