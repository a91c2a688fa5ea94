"""qwen-code, Qwen's agent."""

import json

from stage.client import TASK, Client, Command, Npm, both_notes

SETTINGS = {"privacy": {"usageStatisticsEnabled": False}, "general": {"disableAutoUpdate": True}}
KINDS = {"chat": "openai", "messages": "anthropic"}


def script(stage):
    return both_notes(
        stage,
        read=lambda path: ("read_file", {"file_path": path}),
        write=lambda path, text: ("write_file", {"file_path": path, "content": text}),
    )


def command(stage):
    ask = ["--auth-type", KINDS[stage.dialect], "--model", stage.model, "--yolo", "--prompt", TASK]
    return Command(
        [stage.npm("qwen"), *ask],
        {
            "OPENAI_BASE_URL": stage.api,
            "OPENAI_API_KEY": stage.key,
            "OPENAI_MODEL": stage.model,
            "ANTHROPIC_BASE_URL": stage.url,
            "ANTHROPIC_API_KEY": stage.key,
            "ANTHROPIC_MODEL": stage.model,
        },
        {".qwen/settings.json": json.dumps(SETTINGS)},
    )


CLIENT = Client("qwen-code", Npm(("@qwen-code/qwen-code@0.24.4",)), tuple(KINDS), script, command)
