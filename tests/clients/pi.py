"""pi, a small agent for the terminal; each dialect is an api of a provider in its `models.json`."""

import json

from stage.client import TASK, Client, Command, Npm, both_notes

APIS = {"chat": "openai-completions", "messages": "anthropic-messages", "responses": "openai-responses"}


def script(stage):
    return both_notes(
        stage,
        read=lambda path: ("read", {"path": path}),
        write=lambda path, text: ("write", {"path": path, "content": text}),
    )


def command(stage):
    model = {
        "id": stage.model,
        "name": stage.model,
        "reasoning": True,
        "input": ["text"],
        "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
        "contextWindow": 200_000,
        "maxTokens": 32_000,
    }
    # Anthropic's SDK adds the version to the path itself.
    url = stage.url if stage.dialect == "messages" else stage.api
    provider = {"baseUrl": url, "api": APIS[stage.dialect], "apiKey": stage.key, "models": [model]}
    return Command(
        [stage.npm("pi"), "--print", "--no-session", "--provider", "jackfield", "--model", stage.model, TASK],
        {"PI_OFFLINE": "1", "PI_SKIP_VERSION_CHECK": "1"},
        {".pi/agent/models.json": json.dumps({"providers": {"jackfield": provider}})},
    )


CLIENT = Client("pi", Npm(("@mariozechner/pi-coding-agent@0.73.1",)), tuple(APIS), script, command)
