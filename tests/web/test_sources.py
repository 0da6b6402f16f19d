"""What is served is what was taken and what was written: vendored files as their packages have them, elements that type-check."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.javascript import JS, ROOT, require_node_module, run_node

WEB = ROOT / "gateway/web"
VENDOR = json.loads((WEB / "vendor/VENDOR.json").read_text())["files"]
PAGES = sorted((WEB / "pages").glob("*.html"))


@pytest.mark.parametrize("entry", VENDOR, ids=lambda entry: entry["file"])
def test_vendored_file_is_the_one_that_was_taken(entry: dict[str, str]) -> None:
    body = (WEB / "vendor" / entry["file"]).read_bytes()
    assert hashlib.sha256(body).hexdigest() == entry["sha256"]
    assert entry["package"].encode() in (WEB / "vendor/LICENSES.txt").read_bytes()


def test_every_vendored_file_is_accounted_for() -> None:
    assert {path.name for path in (WEB / "vendor").glob("*.js")} == {entry["file"] for entry in VENDOR}


def test_every_import_of_the_web_app_names_a_file_that_is_there() -> None:
    scripts = [path for path in WEB.glob("*/**/*.js") if path.parent.name != "client"]  # its head shows imports as examples
    named = [(path, name) for path in scripts for name in re.findall(r'(?:from|import)\s*\(?\s*"([^"]+)"', path.read_text())]
    assert len(named) > 100
    assert [(path.name, name) for path, name in named if not (path.parent / name).is_file()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_has_no_inline_script_or_style(page: Path) -> None:
    text = page.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text)


def test_elements_and_pages_pass_the_type_checker() -> None:
    compiler = require_node_module("typescript") / "bin/tsc"
    assert run_node(compiler, "-p", JS / "tsconfig.elements.json") == ""
