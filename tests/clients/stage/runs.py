"""Runs a client once: a home and a folder of its own, its task, and what must be seen afterwards."""

import json
import os
import shutil
import subprocess

from .client import LAST, NOTES

# Whoever gives these heed stays silent; the fence keeps the others in.
SILENT = {
    "DO_NOT_TRACK": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_AUTOUPDATER": "1",
    "OTEL_SDK_DISABLED": "true",
    "NO_UPDATE_NOTIFIER": "1",
    "NO_COLOR": "1",
    "CI": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TERM": "dumb",
    "LANG": "C.UTF-8",
}
SECONDS = 300


def run(client, stage, double, path):
    """What went wrong, nothing if all went well. What it printed and what reached the upstream stay in its folder."""
    for folder in (stage.home, stage.work):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for name, text in NOTES.items():
        (stage.work / name).write_text(text + "\n")
    # Agents take the repository around them for their project.
    subprocess.run(["git", "init", "--quiet", str(stage.work)], check=True)
    script = client.script(stage)
    command = client.command(stage)
    for name, text in command.files.items():
        file = stage.home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    double.play(script)
    status, said = start(command, stage, path)
    (stage.home.parent / "output.txt").write_text(said)
    asked = (json.dumps({"path": path, "body": body}) for path, _, body in double.requests)
    (stage.home.parent / "requests.jsonl").write_text("\n".join(asked))
    return faults(stage, double, script, status, said)


def start(command, stage, path):
    """The exit status, `None` where time ran out, and all that was printed."""
    own = {"PATH": f"{path}:{os.defpath}", "HOME": str(stage.home), "TMPDIR": str(stage.home)}
    # A group of its own, so that what it started ends with it.
    process = subprocess.Popen(
        command.arguments,
        cwd=stage.work,
        env={**SILENT, **own, **command.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=SECONDS)
        return process.returncode, said
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        return None, process.communicate()[0]


def faults(stage, double, script, status, said):
    found = [f"the upstream refused: {fault}" for fault in dict.fromkeys(double.faults)]
    if not double.requests:
        found.append("nothing reached the upstream")
    found += script.missing(double.furthest)
    if status:
        found.append(f"it ended with status {status}")
    if status is None:
        found.append(f"it did not end within {SECONDS} s")
    # Programs for people may break lines.
    times = " ".join(said.split()).count(LAST)
    if times < script.times:
        found.append(f"it printed the model's last words {times} times")
    if script.writes and not all(note in read(stage.work / script.writes) for note in NOTES.values()):
        found.append(f"{script.writes} does not hold both notes")
    return found


def read(file):
    return file.read_text() if file.exists() else ""
