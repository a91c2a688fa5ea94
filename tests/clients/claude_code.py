"""Claude Code, Anthropic's agent."""

from stage.client import TASK, Client, Command, Npm, both_notes


def script(stage):
    return both_notes(
        stage,
        read=lambda path: ("Read", {"file_path": path}),
        write=lambda path, text: ("Write", {"file_path": path, "content": text}),
    )


def command(stage):
    return Command(
        [stage.npm("claude"), "-p", TASK, "--model", stage.model, "--allowedTools", "Read,Write"],
        {
            "ANTHROPIC_BASE_URL": stage.url,
            "ANTHROPIC_AUTH_TOKEN": stage.key,
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": stage.model,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        },
    )


CLIENT = Client("Claude Code", Npm(("@anthropic-ai/claude-code@2.1.332",)), ("messages",), script, command)
