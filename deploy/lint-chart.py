#!/usr/bin/env python3
"""Lints the chart with Helm itself, validates what it renders against the schemas of Kubernetes, and lets the gateway check
the configuration in it. Needs helm-python-sdk and kubernetes-validate from PyPI.

Usage: deploy/lint-chart.py PROGRAM PLUGINS
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import helm_python as helm
import kubernetes_validate
import yaml

CHART = pathlib.Path(__file__).parent / "helm"
KUBERNETES = "1.34"
# Resources of operators, whose schemas Kubernetes does not have.
FOREIGN = {"ServiceMonitor"}
PROVIDER = {"providers": {"e": {"adapter": "echo"}}, "server": {"max_body_bytes": 33554432}}
CERTIFICATES = CHART.parent.parent / "tests/tests/stories/certificates"
TLS = {
    "certificate": (CERTIFICATES / "server.crt").read_text(),
    "key": (CERTIFICATES / "server.key").read_text(),
    "client_ca": (CERTIFICATES / "authority.crt").read_text(),
}
TOKEN = {"enabled": True, "existingSecret": {"name": "admin", "key": "token"}}
CASES = {
    "defaults": {},
    "one pod with a volume": {"persistence": {"enabled": True}, "config": PROVIDER},
    "several pods": {
        "replicas": 3,
        "config": PROVIDER,
        "database": {"url": "postgres://u:p@db/jackfield"},
        "redis": {"url": "redis://redis:6379"},
        "secretFiles": ["jackfield-tls"],
        "envFrom": [{"secretRef": {"name": "keys"}}],
    },
    "everything": {
        "config": PROVIDER,
        "database": {"existingSecret": {"name": "db", "key": "url"}},
        "redis": {"existingSecret": {"name": "redis", "key": "url"}},
        "admin": TOKEN,
        "autoscaling": {"enabled": True},
        "serviceMonitor": {"enabled": True},
        "podAnnotations": {"a": "b"},
        "nodeSelector": {"a": "b"},
    },
    "other ports": {
        "config": {"server": {"listen": "[::]:8443", "admin": {"listen": "0.0.0.0:9443"}}},
        "admin": TOKEN,
    },
    "certificates": {
        "config": {"server": {"tls": TLS, "admin": {"tls": TLS}}},
        "admin": TOKEN,
        "serviceMonitor": {"enabled": True, "tlsConfig": {"insecureSkipVerify": True}},
    },
}
# What a resource of a case must say.
SAID = [
    ("defaults", "Deployment", "containerPort: 8080"),
    ("defaults", "Deployment", "path: /readyz"),
    ("other ports", "Deployment", "containerPort: 8443"),
    ("other ports", "Deployment", "containerPort: 9443"),
    ("certificates", "Deployment", "[/usr/bin/jackfield, health, --ready]"),
    ("certificates", "ServiceMonitor", "scheme: https"),
    ("certificates", "ServiceMonitor", "insecureSkipVerify: true"),
]
# What must not render, and a part of the reason.
REFUSED = [
    ({"replicas": 2}, "several pods need one database"),
    ({"replicas": 2, "database": {"url": "x"}, "persistence": {"enabled": True}}, "cannot share its volume"),
    ({"admin": {"enabled": True}}, "needs a token"),
    ({"serviceMonitor": {"enabled": True}}, "needs admin.enabled"),
    ({"replicas": 2, "database": {"url": "sqlite:a.db"}}, "SQLite serves one pod"),
    ({"replicas": 2, "config": {"storage": {"url": "sqlite:a.db"}}}, "SQLite serves one pod"),
    ({"replicas": 2, "config": {"storage": {"journal": "j"}}}, "several pods need one database"),
    ({"config": {"server": {"listen": "127.0.0.1:8080"}}}, "no service reaches 127.0.0.1:8080"),
    ({"replica": 3}, "replica"),
    ({"admin": {"enable": True}}, "enable"),
    ({"database": {"existingSecret": {"secret": "x"}}}, "secret"),
]


def rendered(values):
    """The resources of the chart with these values."""
    with helm.Chart.load(CHART) as chart:
        files = chart.render(values, name="try", namespace="default")
    for name, text in files.items():
        if name.endswith(".yaml"):
            yield from (each for each in yaml.safe_load_all(text) if each)


def checked(config, program, plugins):
    """What the gateway says of a configuration that the chart made."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "jackfield.yaml").write_text(config)
        # Of the plugins, only that which the cases use: a check compiles them all.
        (folder / "plugins").mkdir()
        shutil.copy(pathlib.Path(plugins) / "echo.wasm", folder / "plugins")
        environment = dict(DATABASE_URL="postgres://u:p@db/d", REDIS_URL="redis://r", JACKFIELD_ADMIN_TOKEN="t" * 32)
        command = [program, "check", "--config", folder, "--plugins", folder / "plugins"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return None if done.returncode == 0 else done.stderr


def main(program, plugins):
    faults = [str(message) for message in helm.lint(CHART).get("messages", []) if "icon" not in str(message)]
    count = 0
    for case, values in CASES.items():
        for resource in rendered(values):
            kind, count = resource["kind"], count + 1
            if kind not in FOREIGN:
                try:
                    kubernetes_validate.validate(resource, KUBERNETES, strict=True)
                except kubernetes_validate.ValidationError as error:
                    faults.append(f"{case}: {kind}: {error}")
            if kind == "ConfigMap":
                said = checked(resource["data"]["jackfield.yaml"], program, plugins)
                faults += [f"{case}: the gateway refuses the configuration: {said}"] if said else []
    for case, kind, words in SAID:
        resources = [resource for resource in rendered(CASES[case]) if resource["kind"] == kind]
        # Lists of words on one line.
        text = yaml.safe_dump(resources, default_flow_style=None, width=1000)
        faults += [] if words in text else [f"{case}: no {kind} says {words}"]
    for values, reason in REFUSED:
        try:
            list(rendered(values))
            faults.append(f"{values} is rendered")
        except helm.HelmError as error:
            if reason not in str(error):
                faults.append(f"{values}: {error}")
    print(*faults, f"{len(CASES)} cases, {count} resources, {len(faults)} faults", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
