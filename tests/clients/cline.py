"""cline's command line, an agent with tools that take several files or commands at once."""

import json

from stage.client import TASK, Client, Command, Npm, both_notes

PROVIDERS = {"chat": "openai-compatible", "messages": "anthropic"}


def script(stage):
    return both_notes(
        stage,
        read=lambda path: ("read_files", {"files": [{"path": path}]}),
        write=lambda path, text: ("editor", {"path": path, "new_text": text}),
    )


def command(stage):
    provider = PROVIDERS[stage.dialect]
    settings = {"provider": provider, "apiKey": stage.key, "model": stage.model, "baseUrl": stage.api}
    known = {"settings": settings, "updatedAt": "2026-01-01T00:00:00.000Z", "tokenSource": "manual"}
    config = {"version": 1, "lastUsedProvider": provider, "modes": {}, "providers": {provider: known}}
    return Command(
        [stage.npm("cline"), "--provider", provider, "--model", stage.model, "--auto-approve", "true", TASK],
        files={".cline/data/settings/providers.json": json.dumps(config)},
    )


CLIENT = Client(
    "cline",
    Npm(("cline@3.0.65",)),
    tuple(PROVIDERS),
    script,
    command,
)
