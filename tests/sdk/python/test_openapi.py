"""The gateway keeps to its own description: each operation of `/openapi.json`, called at random.

Schemathesis makes requests of the description, such as it allows and such as it does not, and checks
the answers against it. GATEWAY_URL says where the gateway listens.
"""

import os
import unittest

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks

GATEWAY = os.environ["GATEWAY_URL"]
# Requests of each operation and mode. The same ones in every run: `derandomize`.
EXAMPLES = 25
# The model that a request names in three of four cases. A random one would always be refused as unknown.
MODELS = {
    "/v1/chat/completions": "echo",
    "/v1/messages": "echo",
    "/v1/messages/count_tokens": "echo",
    "/v1/embeddings": "echo-embeddings",
    "/v1/rerank": "echo-rerank",
    "/v1/images/generations": "echo-images",
}
# Every check that Schemathesis has, but for these.
EXCLUDED = {
    # What the description does not forbid an upstream may still refuse, such as a tool that is not offered.
    "positive_data_acceptance",
    # A field that the gateway does not know travels to the upstream untouched, which alone can judge it.
    "negative_data_rejection",
    # Without `anthropic-version` the answer is the simplified one, and not a refusal.
    "missing_required_header",
    # This gateway asks for no key; who may call what is tested elsewhere.
    "ignored_auth",
    "object_level_authorization",
    # They need sequences of calls that make and delete things, which here is only keys, and those need a token.
    "use_after_free",
    "ensure_resource_availability",
}

# A plugin that is uploaded: bytes like any others.
COMPONENT = "application/wasm"
schemathesis.serializer.alias(COMPONENT, "application/octet-stream")


def setUpModule():
    global schema
    schema = schemathesis.openapi.from_url(f"{GATEWAY}/openapi.json")
    # The description may name the public address.
    schema.config.update(base_url=GATEWAY)


class Described(unittest.TestCase):
    def test_every_operation_that_is_called_has_its_model(self):
        paths = {operation.path for operation in operations()}
        self.assertEqual(MODELS.keys() - paths, set())

    def test_answers_to_what_is_allowed(self):
        self.call_all(GenerationMode.POSITIVE)

    def test_answers_to_what_is_not_allowed(self):
        self.call_all(GenerationMode.NEGATIVE)

    def call_all(self, mode):
        for operation in operations():
            # Some have nothing that could be wrong with them.
            if mode is GenerationMode.NEGATIVE and not takes_input(operation):
                continue
            with self.subTest(operation.label):
                try:
                    call_at_random(operation, mode)
                except Unsatisfiable:
                    # Any text may stand in a path, and any bytes in a file, so nothing could be wrong with what has no more than
                    # that.
                    if operation.query or any(body.media_type != COMPONENT for body in operation.body):
                        raise


def call_at_random(operation, mode):
    count = 0

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def call(case):
        nonlocal count
        count += 1
        if count % 4 and isinstance(case.body, dict) and operation.path in MODELS:
            case.body["model"] = MODELS[operation.path]
        excluded = [getattr(checks, name) for name in EXCLUDED]
        case.call_and_validate(excluded_checks=excluded, timeout=30)

    call()


def operations():
    return [result.ok() for result in schema.get_all_operations()]


def takes_input(operation):
    return bool(operation.body or operation.query or operation.path_parameters)


if __name__ == "__main__":
    unittest.main()
