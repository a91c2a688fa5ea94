"""instructor: a form filled in by way of a forced tool, whole and in part."""

from stage.client import LAST, Client, Pip, library
from stage.script import Call, Script


def script(stage):
    return Script(((Call("PartialSummary", {"words": LAST}),),), ("The form is filled in.",), answered=False, times=2)


CLIENT = Client(
    "instructor",
    Pip(("instructor[anthropic]==1.17.0",)),
    ("chat", "messages"),
    script,
    library("ask_instructor.py"),
)
