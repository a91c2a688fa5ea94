"""LlamaIndex: an agent with two tools, whole and streamed.

Its package for Anthropic knows Anthropic's names of models alone, and fails with the SDK that it installs.
"""

from stage.client import Client, Pip, library, of_library

CLIENT = Client(
    "LlamaIndex",
    Pip(("llama-index-core==0.14.25", "llama-index-llms-openai-like==0.8.1")),
    ("chat",),
    of_library,
    library("ask_llama_index.py"),
)
