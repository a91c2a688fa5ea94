"""What a client is: where it comes from, which dialects it speaks, how it is asked, and what its tools are called."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from .script import Call, Script

PROGRAMS = Path(__file__).parents[1] / "programs"

# What the notes say, and what the model says in the end.
NOTES = {"first.txt": "the harbour is frozen", "second.txt": "the ferry leaves at noon"}
LAST = "Both notes are read: the harbour is frozen and the ferry leaves at noon."
TASK = (
    "Read first.txt and second.txt in the current folder, then write what both say into a new file both.txt, "
    "and tell me what the notes say."
)


@dataclass(frozen=True)
class Npm:
    """Packages of the npm registry, each `name@version`."""

    packages: tuple


@dataclass(frozen=True)
class Pip:
    """Packages of PyPI, each `name==version`."""

    packages: tuple


@dataclass(frozen=True)
class Stage:
    """Where a client runs, and whom it asks."""

    dialect: str
    # The gateway without a path, a key for it, and the model to ask for.
    url: str
    key: str
    model: str
    # Its installation, its own home and the folder it works in.
    installed: Path
    home: Path
    work: Path

    @property
    def api(self):
        """What most clients of OpenAI's dialects call the base URL."""
        return f"{self.url}/v1"

    def npm(self, name):
        """A program that came with a package of npm."""
        return str(self.installed / "node_modules" / ".bin" / name)

    def pip(self, name):
        """A program that came with a package of PyPI."""
        return str(self.installed / "bin" / name)


@dataclass(frozen=True)
class Command:
    """How a client is started: the arguments, what its environment has besides, and files in its home."""

    arguments: list
    environment: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Client:
    """A client and how it is asked. `script` and `command` are functions of the stage."""

    name: str
    install: Npm | Pip
    dialects: tuple
    script: Callable[[Stage], Script]
    command: Callable[[Stage], Command]
    # What cannot work, by dialect and upstream, with the reason.
    cannot: dict = field(default_factory=dict)

    @property
    def version(self):
        """The version of the first package."""
        return self.install.packages[0].replace("==", "@").rpartition("@")[2]


def both_notes(stage, read, write):
    """The script of the task: both notes are read at once, then the new file is written.

    `read` is a function of a path and `write` one of a path and a text; each gives a tool's name and its arguments.
    """
    reads = tuple(Call(*read(str(stage.work / name)), shows=text) for name, text in NOTES.items())
    text = "\n".join(NOTES.values())
    return Script((reads, (Call(*write(str(stage.work / "both.txt"), text)),)), (LAST,), writes="both.txt")


def of_library(stage):
    """The script for a program of `programs/`, which asks twice: its tools are `read_note` and `write_note`."""
    script = both_notes(
        stage,
        read=lambda path: ("read_note", {"name": path}),
        write=lambda path, text: ("write_note", {"name": path, "text": text}),
    )
    return replace(script, times=2)


def library(name):
    """How a program of `programs/` is run: with the interpreter of its installation."""
    program = PROGRAMS / name

    def command(stage):
        interpreter = ["node"] if program.suffix == ".mjs" else [stage.pip("python")]
        environment = {
            "URL": stage.url,
            "API": stage.api,
            "KEY": stage.key,
            "MODEL": stage.model,
            "DIALECT": stage.dialect,
            "TASK": TASK,
            "INSTALLED": str(stage.installed),
        }
        return Command([*interpreter, str(program)], environment)

    return command
