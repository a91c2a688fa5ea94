"""Installs clients from the registries of npm and PyPI, once each, into a cache folder."""

import os
import platform
import shutil
import subprocess
import sys

from .client import Npm

# Many clients need a newer Node than systems have.
NODE = "22.23.3"
MACHINES = {"x86_64": "x64", "aarch64": "arm64"}
# Nothing published later is taken, so that a run means the same tomorrow.
BEFORE = "2026-11-25"


def node(cache):
    """The folder of a `node` that is new enough."""
    package = f"node-linux-{MACHINES[platform.machine()]}"
    folder = cache / "node"
    install(folder, Npm((f"{package}@{NODE}",)))
    return folder / "node_modules" / package / "bin"


def install(folder, what, path=None):
    """Installs the packages unless these very ones are there; what is left of others goes."""
    stamp = folder / "installed"
    wanted = "\n".join(what.packages)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"installing {wanted}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    if path:
        environment["PATH"] = f"{path}:{environment['PATH']}"
    for command in (npm if isinstance(what, Npm) else pip)(folder, what):
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise SystemExit(f"tests/clients: {' '.join(command)} failed:\n{done.stdout}")
    stamp.write_text(wanted)


def npm(folder, what):
    quiet = ["--no-audit", "--no-fund", "--loglevel=error", f"--before={BEFORE}"]
    yield ["npm", "install", "--prefix", str(folder), *quiet, *what.packages]


def pip(folder, what):
    yield [sys.executable, "-m", "venv", str(folder)]
    yield [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *what.packages]
