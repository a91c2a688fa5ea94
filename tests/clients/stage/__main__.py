"""The job: installs the clients, leaves the network, starts upstream and gateway, runs, and prints the table."""

import importlib
import os
import sys
from dataclasses import replace
from pathlib import Path

from scripted import Gateway

from . import fence, installing, runs
from .client import Stage
from .double import Double

HERE = Path(__file__).parents[1]
CACHE = Path(os.environ["CLIENTS"]).resolve()
KEY = "rk_" + "1" * 64
# Each dialect over an upstream that speaks it, and over one that does not.
UPSTREAMS = ("openai", "anthropic")
PRICE = {"input_per_million": 1, "output_per_million": 2}


def main(names):
    clients = dict(known(name) for name in names or available())
    node = installing.node(CACHE)
    for folder, client in clients.items():
        installing.install(folder, client.install, node)
    fence.enter()
    double = Double()
    gateway = in_front_of(double)
    try:
        rows = [row(*it, gateway, double, node) for it in clients.items()]
    finally:
        gateway.close()
        double.close()
    print(table(rows))
    return any(faults and isinstance(faults, list) for _, cells in rows for faults in cells.values())


def known(name):
    """The cache's folder and the client of that name; `name:dialect` is one of its dialects alone."""
    name, _, dialect = name.partition(":")
    client = importlib.import_module(name).CLIENT
    return CACHE / name, replace(client, dialects=(dialect,)) if dialect else client


def available():
    return sorted(file.stem for file in HERE.glob("*.py"))


def in_front_of(double):
    providers = {
        vendor: {"adapter": vendor, "base_url": f"{double.url}/v1", "api_key": "double-key"} for vendor in UPSTREAMS
    }
    chat = {"tier": "free", "pricing": PRICE, "context": 200_000, "max_output": 32_000}
    models = {f"over-{it}": {**chat, "chain": [{"provider": it, "model": f"{it}-double"}]} for it in UPSTREAMS}
    return Gateway(
        providers,
        models,
        server={"listen": "127.0.0.1:0", "auth": "required"},
        plans={"all": {"tiers": ["free"], "limits": {}}},
        keys={"client": {"key": KEY, "user": "client", "plan": "all"}},
    )


def row(installed, client, gateway, double, node):
    """The client and, for each dialect and upstream, what went wrong, or why it cannot work."""
    cells = {}
    for dialect in client.dialects:
        for vendor in UPSTREAMS:
            if reason := client.cannot.get((dialect, vendor)):
                cells[dialect, vendor] = reason
                continue
            folder = installed / "runs" / f"{dialect}-over-{vendor}"
            stage = Stage(
                dialect=dialect,
                url=gateway.url,
                key=KEY,
                model=f"over-{vendor}",
                installed=installed,
                home=folder / "home",
                work=folder / "work",
            )
            faults = runs.run(client, stage, double, node)
            cells[dialect, vendor] = faults
            for fault in faults:
                print(f"{client.name}, {dialect} over {vendor}: {fault}", file=sys.stderr)
            if faults:
                print(f"  its output and its requests are in {folder}", file=sys.stderr)
    return client, cells


def table(rows):
    columns = [(dialect, vendor) for dialect in ("chat", "messages", "responses", "gemini") for vendor in UPSTREAMS]
    lines = ["| client | version | " + " | ".join(f"{it} over {vendor}" for it, vendor in columns) + " |"]
    lines.append("|---" * (len(columns) + 2) + "|")
    for client, cells in rows:
        words = " | ".join(word(cells.get(it)) for it in columns)
        lines.append(f"| {client.name} | {client.version} | {words} |")
    return "\n".join(lines)


def word(cell):
    """What a cell says: nothing ran, a reason why it cannot, or what went wrong."""
    if not isinstance(cell, list):
        return cell or "–"
    return "**fails**" if cell else "pass"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
