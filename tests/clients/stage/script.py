"""What the model does in a run, in no vendor's words, and what a double understood of a request."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """A call of one of the client's tools, and words that its result must show."""

    name: str
    arguments: dict
    shows: str = ""


@dataclass(frozen=True)
class Turn:
    """One turn of the model."""

    text: str = ""
    calls: tuple = ()
    # The number of the turn in its conversation, for ids.
    number: int = 0


@dataclass
class Heard:
    """What a request says."""

    tools: set = field(default_factory=set)
    # The texts of the tools' results, in the order in which they came.
    results: list = field(default_factory=list)
    # How often the model has called tools so far.
    turns: int = 0
    # All texts of the conversation.
    text: str = ""


@dataclass(frozen=True)
class Script:
    """The model's turns: tools first, each turn one or several calls; then texts, each with a first line of its own."""

    turns: tuple
    says: tuple
    # The file that is there in the end.
    writes: str = ""
    # What the conversation must have said in the end.
    hears: tuple = ()
    # Whether the results of tools come back.
    answered: bool = True
    # How often the last words are printed.
    times: int = 1

    def turn(self, heard):
        """The next turn; a request without the script's tools, such as for a title, gets a short text."""
        names = {call.name for calls in self.turns for call in calls}
        if names and not names <= heard.tools:
            return Turn("A note")
        if heard.turns < len(self.turns):
            return Turn("Let me see.", self.turns[heard.turns], heard.turns)
        unsaid = [text for text in self.says if text.splitlines()[0] not in heard.text]
        return Turn(unsaid[0] if unsaid else self.says[-1])

    def missing(self, heard):
        """What the request that went furthest does not show."""
        shown = "\n".join(heard.results)
        expected = [call for calls in self.turns for call in calls] if self.answered else []
        if len(heard.results) < len(expected):
            return [f"{len(heard.results)} of {len(expected)} results of tools came back"]
        found = [f"no result shows {call.shows!r}" for call in expected if call.shows not in shown]
        return found + [f"the model was not told {text!r}" for text in self.hears if text not in heard.text]


def halves(text):
    """The text as it is streamed."""
    middle = len(text) // 2
    return [piece for piece in (text[:middle], text[middle:]) if piece]
