"""Upstreams that answer with what a test wrote, and gateways in front of them.

The doubles of `tests/src` speak two vendors' protocols as far as many tests need them. What another
vendor writes is short here: a body, or the events of a stream. JACKFIELD is the binary,
JACKFIELD_PLUGINS the folder of built plugins.
"""

import json
import os
import re
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# For gateways whose errors a test reads by OpenAI's SDK.
JSON_ERRORS = {"listen": "127.0.0.1:0", "auth": "off", "error_format": "json"}
LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")


class Upstream:
    """A server on the loopback: each path has its answer, and requests are kept."""

    def __init__(self):
        self.answers = {}
        self.requests = []
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers.get("content-length", 0))
                request = json.loads(self.rfile.read(length) or b"null")
                upstream.requests.append((self.path, dict(self.headers), request))
                status, kind, body = upstream.answer(self.path, request)
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def script(self, path, whole=None, events=None, status=200):
        """What the path answers with: the body, and the events of a request with `stream`."""
        self.answers[path] = (whole, events, status)
        self.requests.clear()

    def answer(self, path, request):
        whole, events, status = self.answers.get(path, ({"message": "not scripted"}, None, 404))
        if isinstance(request, dict) and request.get("stream") and events is not None:
            frames = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
            body = "".join([*frames, "data: [DONE]\n\n"])
            return status, "text/event-stream", body.encode()
        return status, "application/json", json.dumps(whole).encode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Gateway:
    """A gateway of its own for a test, with this configuration beside the usual sections or instead of them."""

    def __init__(self, providers, models, **sections):
        self.folder = tempfile.TemporaryDirectory()
        config = {
            "server": {"listen": "127.0.0.1:0", "auth": "off"},
            "plugins": {"dir": os.environ["JACKFIELD_PLUGINS"]},
            "storage": {"url": "none"},
            "routing": {"retry_count": 0, "breaker": {"failures": 100000, "open_for": "1s"}},
            "providers": providers,
            "models": models,
            **sections,
        }
        # JSON is YAML.
        file = Path(self.folder.name) / "config.yaml"
        file.write_text(json.dumps(config))
        command = [
            os.environ["JACKFIELD"],
            "serve",
            "--config",
            str(file),
            "--listen",
            "127.0.0.1:0",
        ]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.log = []
        for line in self.process.stdout:
            self.log.append(line)
            if found := LISTENING.search(line):
                self.url = found[1]
                break
        else:
            raise AssertionError("the gateway did not start:\n" + "".join(self.log))
        threading.Thread(target=lambda: self.log.extend(self.process.stdout), daemon=True).start()

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()
