"""The JavaScript client: its own tests in Node.js, against a scripted server and a real one, and its types."""

from pathlib import Path

import pytest

from breakout.contract.table import PUSHES, PushSpec
from tests.javascript import JS, ROOT, require_node_module, run_node


@pytest.mark.parametrize("name", ["commands", "connection", "state"])
def test_client_follows_a_scripted_server(name: str) -> None:
    assert "\nℹ fail 0\n" in run_node("--test", "--test-reporter=spec", JS / f"client/{name}.test.mjs")


@pytest.mark.slow
def test_client_keeps_its_promises_with_a_real_server_that_is_killed() -> None:
    assert "\nℹ fail 0\n" in run_node("--test", "--test-reporter=spec", JS / "client/server.test.mjs")


def test_every_file_of_javascript_tests_is_run() -> None:
    files = {path.name.removesuffix(".test.mjs") for path in Path(JS).rglob("client/*.test.mjs")}
    assert files == {"commands", "connection", "state", "server"}


def test_javascript_agrees_with_its_types() -> None:
    compiler = require_node_module("typescript") / "bin/tsc"
    assert run_node(compiler, "-p", JS / "tsconfig.json") == ""


@pytest.mark.parametrize("spec", PUSHES, ids=lambda spec: spec.event)
def test_client_knows_what_every_push_does_to_its_state(spec: PushSpec) -> None:
    assert f'\n  "{spec.event}": ' in (ROOT / "gateway/web/client/breakout.js").read_text(encoding="utf-8")
