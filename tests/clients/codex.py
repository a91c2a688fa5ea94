"""Codex, OpenAI's agent, which speaks the Responses API alone; it reads and writes with its shell."""

from stage.client import LAST, NOTES, TASK, Client, Command, Npm
from stage.script import Call, Script


def script(stage):
    reads = tuple(shell(f"cat {name}", shows=text) for name, text in NOTES.items())
    write = shell("cat first.txt second.txt > both.txt && echo written", shows="written")
    return Script((reads, (write,)), (LAST,), writes="both.txt")


def shell(line, shows):
    return Call("exec_command", {"cmd": line}, shows)


def command(stage):
    config = f"""
model = "{stage.model}"
model_provider = "jackfield"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.jackfield]
name = "Jackfield"
base_url = "{stage.api}"
env_key = "JACKFIELD_KEY"
wire_api = "responses"
"""
    open_sandbox = ["--sandbox", "danger-full-access", "--skip-git-repo-check"]
    return Command(
        [stage.npm("codex"), "exec", *open_sandbox, TASK],
        {"JACKFIELD_KEY": stage.key},
        {".codex/config.toml": config},
    )


CLIENT = Client("Codex", Npm(("@openai/codex@0.171.0",)), ("responses",), script, command)
