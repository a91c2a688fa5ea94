"""Vercel's AI SDK with its providers of OpenAI and Anthropic: `generateText` and `streamText` with tools."""

from stage.client import Client, Npm, library, of_library

CLIENT = Client(
    "Vercel AI SDK",
    Npm(("ai@7.0.173", "@ai-sdk/openai@4.0.118", "@ai-sdk/anthropic@4.0.105", "zod@4.6.7")),
    ("chat", "messages", "responses"),
    of_library,
    library("vercel_ai.mjs"),
)
