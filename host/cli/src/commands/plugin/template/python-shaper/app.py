"""The shaper as the contract wants it: JSON as bytes outside, dictionaries inside.

What it does to texts is in `words.py`. `wit_world` is generated from the contract.
"""

import json

from wit_world import exports
from wit_world.imports.shapes import Changes, Fragment, Part, Released, Replacement, Shaping, Verdict, Verdict_Patch

import words

MANIFEST = {
    "kind": "shaper",
    "name": "my-plugin",
    "version": "0.1.0",
    "needs": ["texts", "reply"],
    "window": words.LONGEST,
    "settings": {
        "type": "object",
        "properties": {"words": {"type": "array", "items": {"type": "string"}}},
        "additionalProperties": False,
    },
}


class Shaper(exports.Shaper):
    def describe(self) -> bytes:
        return json.dumps(MANIFEST).encode()

    def shape_request(self, call: Shaping, parts: list[Part]) -> Verdict:
        """Looks at a request before it is routed: what to change in it."""
        return changed(call, parts)

    def shape_reply(self, call: Shaping, state: bytes, parts: list[Part]) -> Verdict:
        """Looks at a buffered reply."""
        return changed(call, parts)

    def shape_text(self, call: Shaping, state: bytes, fragment: Fragment) -> Released:
        """Looks at a piece of a streamed reply: how many bytes are done with, and what the client gets for them."""
        done, hidden = words.hide(given(call), fragment.text, fragment.last)
        return Released(len(done.encode()), hidden, state, None, b"")


def changed(call: Shaping, parts: list[Part]) -> Verdict:
    hidden = [(part, words.hide(given(call), part.text, True)[1]) for part in parts]
    replacements = [Replacement(part.path, text) for part, text in hidden if text != part.text]
    return Verdict_Patch(Changes(b"", replacements, [], b"", b""))


def given(call: Shaping) -> list[str]:
    return json.loads(call.settings).get("words", [])
