"""The layers of ARCHITECTURE.md: who may import what. Read from the source, so that a lazy import counts too."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("breakout", "actors", "persistence", "gateway", "bench")

ALLOWED = {
    "breakout": set(),
    "actors": {"breakout"},
    "persistence": {"breakout"},
    "gateway": {"breakout", "actors", "persistence"},
    "bench": {"breakout", "actors", "persistence", "gateway"},
}
"""Which of our packages each may import, beside itself."""

CONFINED = {
    "pykka": ("actors/",),
    "sqlite_utils": ("persistence/",),
    "sqlite3": ("persistence/",),
    "trio_websocket": ("gateway/library_connection.py", "gateway/terminal_client.py", "bench/"),
}
"""Libraries that only these places know."""


def imports_of(path):
    """The full names of the modules that a file imports, wherever in it; `from a import b` counts as both a and a.b."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files_of(layer):
    return sorted((ROOT / layer).rglob("*.py"))


def offences(layer, is_wrong):
    """`file: module` for every import in the layer that is wrong."""
    return sorted(
        {
            f"{path.relative_to(ROOT)}: {name.partition('.')[0]}"
            for path in files_of(layer)
            for name in imports_of(path)
            if is_wrong(path.relative_to(ROOT).as_posix(), name.partition(".")[0])
        }
    )


@pytest.mark.parametrize("layer", ["breakout", "actors", "persistence", "gateway"])
def test_layer_has_files_to_look_at(layer):
    assert len(files_of(layer)) > 5


@pytest.mark.parametrize("layer", LAYERS)
def test_layer_imports_only_the_layers_below_it(layer):
    others = set(LAYERS) - ALLOWED[layer] - {layer}
    assert offences(layer, lambda _, module: module in others) == []


def test_domain_imports_only_the_standard_library_and_attrs():
    known = sys.stdlib_module_names | {"attrs", "breakout"}
    assert offences("breakout", lambda _, module: module not in known) == []


def test_domain_reads_no_clock_and_touches_nothing():
    impure = {"time", "datetime", "secrets", "uuid", "os", "io", "socket", "threading", "json", "sqlite3", "subprocess"}
    assert offences("breakout", lambda _, module: module in impure) == []


def test_domain_draws_only_from_generators_with_a_given_seed():
    drawn = [name for path in files_of("breakout") for name in imports_of(path) if name.startswith("random")]
    assert set(drawn) <= {"random", "random.Random"}
    assert drawn.count("random") == drawn.count("random.Random"), "import Random by its name: the module's own draws are unseeded"
    assert not [path for path in files_of("breakout") if "Random()" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("library", CONFINED)
def test_library_is_known_only_where_it_belongs(layer, library):
    places = CONFINED[library]
    assert offences(layer, lambda path, module: module == library and not path.startswith(places)) == []


@pytest.mark.parametrize("layer", [*LAYERS, "tests"])
def test_nothing_but_tests_imports_tests(layer):
    wrong = offences(layer, lambda path, module: module == "tests" and not path.startswith(("tests/", "bench/tests/")))
    assert wrong == []


def test_actors_and_domain_know_nothing_of_wire_and_web():
    web = {"orjson", "json", "starlette", "h11", "httpx", "click", "rich", "jwt"}
    assert offences("actors", lambda _, module: module in web) == []
