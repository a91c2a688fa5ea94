"""The two tools of the programs in Python: they read and write notes."""

from pathlib import Path


def read_note(name: str) -> str:
    """Reads a note."""
    return Path(name).read_text()


def write_note(name: str, text: str) -> str:
    """Writes a note."""
    Path(name).write_text(text)
    return "written"


def use(tool, **arguments):
    """Runs the tool of that name."""
    return {"read_note": read_note, "write_note": write_note}[tool](**arguments)


def described(tool, *names):
    parameters = {"type": "object", "properties": {it: {"type": "string"} for it in names}, "required": list(names)}
    function = {"name": tool.__name__, "description": tool.__doc__, "parameters": parameters}
    return {"type": "function", "function": function}


# For libraries that want the tools in OpenAI's form.
TOOLS = [described(read_note, "name"), described(write_note, "name", "text")]
