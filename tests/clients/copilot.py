"""GitHub's Copilot CLI with a provider of its own, which needs no login."""

from stage.client import TASK, Client, Command, Npm, both_notes

PROVIDERS = {"chat": ("openai", "completions"), "messages": ("anthropic", ""), "responses": ("openai", "responses")}


def script(stage):
    return both_notes(
        stage,
        read=lambda path: ("view", {"path": path}),
        write=lambda path, text: ("create", {"path": path, "file_text": text}),
    )


def command(stage):
    kind, wire = PROVIDERS[stage.dialect]
    ask = ["--prompt", TASK, "--allow-all-tools", "--no-auto-update", "--model", stage.model]
    return Command(
        [stage.npm("copilot"), *ask],
        {
            "COPILOT_PROVIDER_TYPE": kind,
            "COPILOT_PROVIDER_BASE_URL": stage.url if kind == "anthropic" else stage.api,
            "COPILOT_PROVIDER_API_KEY": stage.key,
            "COPILOT_PROVIDER_WIRE_API": wire,
            "COPILOT_MODEL": stage.model,
            "COPILOT_OFFLINE": "true",
        },
    )


CLIENT = Client("Copilot CLI", Npm(("@github/copilot@1.0.102",)), ("chat", "messages", "responses"), script, command)
