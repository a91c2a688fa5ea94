"""Gemini CLI, Google's agent, which speaks Google's dialect alone."""

import json

from stage.client import TASK, Client, Command, Npm, both_notes

SETTINGS = {
    "privacy": {"usageStatisticsEnabled": False},
    "telemetry": {"enabled": False},
    "general": {"disableAutoUpdate": True, "enableAutoUpdate": False},
    "security": {"auth": {"selectedType": "gemini-api-key"}},
}


def script(stage):
    return both_notes(
        stage,
        read=lambda path: ("read_file", {"file_path": path}),
        write=lambda path, text: ("write_file", {"file_path": path, "content": text}),
    )


def command(stage):
    return Command(
        [stage.npm("gemini"), "--model", stage.model, "--approval-mode", "yolo", "--prompt", TASK],
        {
            "GOOGLE_GEMINI_BASE_URL": stage.url,
            "GEMINI_API_KEY": stage.key,
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
        },
        {".gemini/settings.json": json.dumps(SETTINGS)},
    )


CLIENT = Client("Gemini CLI", Npm(("@google/gemini-cli@0.61.0",)), ("gemini",), script, command)
