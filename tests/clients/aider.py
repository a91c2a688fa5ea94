"""aider, which has no tools: it puts files into the prompt and applies the edits that the model writes.

Its first edit fails the test that it is told to run, whose words it sends back; the second one passes.
"""

from stage.client import LAST, NOTES, TASK, Client, Command, Pip
from stage.script import Script

PREFIX = {"chat": "openai", "messages": "anthropic"}
FAILED = "the ferry is missing"


def script(stage):
    first, second = NOTES.values()
    said = (edit("Only one note at first.", first), edit(LAST, f"{first}\n{second}"))
    return Script((), said, writes="both.txt", hears=(first, second, FAILED))


def edit(words, text):
    """An edit in aider's format `whole`."""
    return f"{words}\n\nboth.txt\n```\n{text}\n```\n"


def command(stage):
    quiet = ["--no-git", "--no-check-update", "--analytics-disable", "--no-show-model-warnings", "--no-pretty"]
    test = ["--auto-test", "--test-cmd", f"grep -q ferry both.txt || {{ echo {FAILED}; exit 1; }}"]
    model = ["--model", f"{PREFIX[stage.dialect]}/{stage.model}", "--edit-format", "whole"]
    ask = ["--yes-always", "--message", TASK, "both.txt", "first.txt", "second.txt"]
    urls = {
        "OPENAI_API_BASE": stage.api,
        "OPENAI_API_KEY": stage.key,
        "ANTHROPIC_API_BASE": stage.url,
        "ANTHROPIC_API_KEY": stage.key,
        # Its table of models comes with the package.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    return Command([stage.pip("aider"), *quiet, *test, *model, *ask], urls)


CLIENT = Client("aider", Pip(("aider-chat==0.86.2",)), tuple(PREFIX), script, command)
