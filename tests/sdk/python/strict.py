"""What a request has that the types of a vendor's SDK do not know.

The SDKs describe requests as typed dictionaries. Whatever is not in them may be refused by the vendor, today
or tomorrow, so the double refuses it.
"""

import types
import typing

from typing_extensions import NotRequired, Required, TypeAliasType, get_type_hints, is_typeddict

WRAPPERS = (Required, NotRequired, typing.Required, typing.NotRequired)


def unknown(value, kind, at=""):
    """The paths of all members of `value` that the type does not know, and of values that it does not have."""
    kind = meant(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return of_union(value, arguments, at)
    if origin is typing.Literal:
        return [] if value in arguments else [f"{at} = {value!r}"]
    if is_typeddict(kind):
        return of_object(value, kind, at) if isinstance(value, dict) else [f"{at} is no object"]
    if origin is dict and isinstance(value, dict):
        return [it for name in value for it in unknown(value[name], arguments[1], f"{at}.{name}")]
    if isinstance(value, list):
        # An iterable, a list or a sequence; anything else that has no argument is an opaque value.
        inner = arguments[0] if arguments else object
        return [it for place, one in enumerate(value) for it in unknown(one, inner, f"{at}[{place}]")]
    return [] if fits(value, kind) else [f"{at} is no {getattr(kind, '__name__', kind)}"]


def meant(kind):
    """The type behind names and remarks."""
    while True:
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if isinstance(kind, TypeAliasType):
            kind = kind.__value__
        elif isinstance(origin, TypeAliasType):
            kind = origin.__value__[arguments]
        elif origin in WRAPPERS or origin is typing.Annotated:
            kind = arguments[0]
        else:
            return kind


def of_union(value, kinds, at):
    """What the best of the alternatives does not know; the discriminating literals choose among objects."""
    suited = [kind for kind in kinds if fits(value, kind)]
    if not suited:
        name = value.get("type", value.get("role")) if isinstance(value, dict) else type(value).__name__
        return [f"{at} fits none of its types ({name!r})"]
    return min((unknown(value, kind, at) for kind in suited), key=len)


def of_object(value, kind, at):
    known = get_type_hints(kind, include_extras=True)
    found = [f"{at}.{name}" for name in value if name not in known]
    for name in value.keys() & known.keys():
        found += unknown(value[name], known[name], f"{at}.{name}")
    return sorted(found)


def fits(value, kind):
    """Whether a value may be meant by a type: its kind of JSON, and for an object what must be there."""
    kind = meant(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, it) for it in arguments)
    if origin is typing.Literal:
        return value in arguments
    if is_typeddict(kind):
        return isinstance(value, dict) and has_what_it_must(value, kind)
    if origin is dict:
        return isinstance(value, dict)
    if origin is not None:
        return isinstance(value, list)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind in (int, bool, type(None)):
        return type(value) is kind
    if isinstance(kind, type) and issubclass(kind, str):
        return isinstance(value, str)
    # `object`, and classes that stand for files: whatever JSON has.
    return kind is object or kind is typing.Any


def has_what_it_must(value, kind):
    known = get_type_hints(kind, include_extras=True)
    # Where annotations are strings, a class takes all of its keys for required.
    optional = {name for name, kind in known.items() if typing.get_origin(kind) in (NotRequired, typing.NotRequired)}
    if not kind.__required_keys__ - optional <= value.keys():
        return False
    literals = (name for name in ("type", "role", "stream") if name in value and name in known)
    return all(fits(value[name], known[name]) for name in literals)
