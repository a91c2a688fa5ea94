"""opencode, an agent for the terminal; each dialect is a provider of its own."""

import json

from stage.client import TASK, Client, Command, Npm, both_notes

PROVIDERS = {
    "chat": "@ai-sdk/openai-compatible",
    "messages": "@ai-sdk/anthropic",
    "responses": "@ai-sdk/openai",
}


def script(stage):
    return both_notes(
        stage,
        read=lambda path: ("read", {"filePath": path}),
        write=lambda path, text: ("write", {"filePath": path, "content": text}),
    )


def command(stage):
    provider = {
        "npm": PROVIDERS[stage.dialect],
        "options": {"baseURL": stage.api, "apiKey": stage.key},
        "models": {stage.model: {"limit": {"context": 200_000, "output": 32_000}}},
    }
    config = {
        "autoupdate": False,
        "share": "disabled",
        "provider": {"jackfield": provider},
        "small_model": f"jackfield/{stage.model}",
    }
    return Command(
        [stage.npm("opencode"), "run", "--model", f"jackfield/{stage.model}", TASK],
        {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"},
        {".config/opencode/opencode.json": json.dumps(config)},
    )


CLIENT = Client("opencode", Npm(("opencode-ai@1.18.33",)), ("chat", "messages", "responses"), script, command)
