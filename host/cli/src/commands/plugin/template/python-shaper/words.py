"""Hides words in texts, whole or in pieces. It knows nothing of the host, so plain Python tests it."""

# The longest word, in bytes: so much of a stream may have to be held back until it is clear what it is.
LONGEST = 64

INSTEAD = "***"


def hide(words: list[str], text: str, last: bool) -> tuple[str, str]:
    """What `text` is up to where it is not clear yet whether a word begins, and what that becomes."""
    known = sorted((word for word in words if 0 < len(word.encode()) <= LONGEST), key=len, reverse=True)
    hidden = []
    at = 0
    while at < len(text):
        rest = text[at:]
        if not last and any(len(word) > len(rest) and word.startswith(rest) for word in known):
            break
        found = next((word for word in known if rest.startswith(word)), None)
        hidden.append(INSTEAD if found else rest[0])
        at += len(found or rest[0])
    return text[:at], "".join(hidden)
