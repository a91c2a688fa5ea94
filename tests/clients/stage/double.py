"""The upstream of all runs: it plays a script in two vendors' protocols, and refuses what the vendor may."""

import json
from urllib.parse import urlsplit

from scripted import Upstream

from . import chat, messages
from .script import Heard

PROTOCOLS = {protocol.PATH: protocol for protocol in (chat, messages)}
COUNT = messages.PATH + "/count_tokens"


class Double(Upstream):
    """One server for both protocols. `play` begins a run."""

    def play(self, script):
        self.script = script
        self.faults = []
        # What the request with the most results said: other requests may come after it.
        self.furthest = Heard()
        self.requests.clear()

    def answer(self, path, request):
        path = urlsplit(path).path
        if path == COUNT:
            return 200, "application/json", b'{"input_tokens": 100}'
        protocol = PROTOCOLS.get(path)
        if protocol is None:
            self.faults.append(f"a request to {path}")
            return 404, "application/json", b'{"error": {"message": "not found", "type": "not_found_error"}}'
        found = protocol.faults(request)
        self.faults += found
        if found:
            return 400, "application/json", json.dumps(protocol.refusal("; ".join(found))).encode()
        return self.turn(protocol, request)

    def turn(self, protocol, request):
        heard = protocol.heard(request)
        self.furthest = max(self.furthest, heard, key=lambda it: (len(it.results), len(it.text)))
        turn = self.script.turn(heard)
        if request.get("stream"):
            return 200, "text/event-stream", "".join(protocol.stream(turn, request)).encode()
        return 200, "application/json", json.dumps(protocol.whole(turn, request)).encode()
