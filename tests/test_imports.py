"""What imports what: the direction of the layers, the cost of an import, the base dependencies."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import diglot

SOURCE = Path(diglot.__file__).parent
REPOSITORY = Path(__file__).parents[1]

LAYERS = (
    "errors",
    "types",
    "printable",
    "telemetry",
    "private",
    "documents",
    "paths",
    "tables",
    "recipe_files",
    "metrics",
    "languages",
    "corpus",
    "tokenizer",
    "models",
    "objectives",
    "training",
    "inference",
    "index",
    "tasks",
    "evaluation",
    "adapt",
    "serve",
    "cli",
)
"""A layer imports only from itself and from those before it."""

HEAVY = ("numpy", "tokenizers", "onnxruntime", "Stemmer", "tree_sitter", "torch", "click", "rich")


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imported(path: Path, *, at_runtime: bool = False) -> Iterator[str]:
    """Dotted names that a file imports anywhere in it, without `TYPE_CHECKING` if `at_runtime`."""
    pending: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while pending:
        node = pending.pop()
        if at_runtime and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import in line {node.lineno}"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else str(node.module)
        pending += ast.iter_child_nodes(node)


def layer(module: str) -> str:
    return module.split(".")[1]


LAYERED = [name for name in MODULES if name not in ("diglot", "diglot.__main__")]


def test_every_module_has_a_layer() -> None:
    assert {layer(name) for name in LAYERED} <= set(LAYERS)


@pytest.mark.parametrize("name", LAYERED)
def test_a_layer_imports_only_layers_before_it(name: str) -> None:
    for other in imported(MODULES[name]):
        if other.startswith("diglot."):
            assert LAYERS.index(layer(other)) <= LAYERS.index(layer(name)), f"imports {other}"


def test_modules_import_each_other_in_one_direction() -> None:
    graph = {
        name: {other for other in imported(path, at_runtime=True) if other in MODULES} - {"diglot"}
        for name, path in MODULES.items()
    }
    order = list(TopologicalSorter(graph).static_order())  # an error if there is a cycle
    assert set(order) >= set(LAYERED)


def test_the_package_itself_imports_nothing_of_its_own_but_what_keeps_others_quiet() -> None:
    names = imported(MODULES["diglot"], at_runtime=True)
    assert [name for name in names if name.startswith("diglot")] == ["diglot.telemetry"]


def run_python(code: str, tmp_path: Path) -> list[str]:
    """Run Python code in a process of its own and return the lines it prints."""
    environment = os.environ | {
        "PYTHONPATH": str(SOURCE.parent),
        "DIGLOT_CACHE_DIR": str(tmp_path / "cache"),
    }
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def loaded_after(code: str, tmp_path: Path) -> set[str]:
    """Names in `sys.modules` after running Python code, up to the first dot."""
    ending = "\nimport sys\nprint('loaded:', *sorted({n.split('.')[0] for n in sys.modules}))"
    return set(run_python(code + ending, tmp_path)[-1].removeprefix("loaded: ").split())


COMMAND = """
from diglot.cli.main import main
try:
    main({arguments!r})
except SystemExit as stop:
    assert stop.code == 0, stop.code
"""


def test_importing_the_package_loads_nothing_heavy(tmp_path: Path) -> None:
    assert loaded_after("import diglot", tmp_path).isdisjoint(HEAVY)


@pytest.mark.parametrize("arguments", [["--help"], ["search", "--help"], ["--version"]])
def test_help_loads_nothing_heavy_but_click(tmp_path: Path, arguments: list[str]) -> None:
    loaded = loaded_after(COMMAND.format(arguments=arguments), tmp_path)
    assert loaded & set(HEAVY) == {"click"}


def test_a_fast_search_loads_no_runtime_and_no_progress_bar(tmp_path: Path) -> None:
    (tmp_path / "memory.py").write_text("def parse_memory(text):\n    return int(text[:-1])\n")
    arguments = ["search", "parse_memory", "--rank", "fast", "--min-score", "0"]
    loaded = loaded_after(COMMAND.format(arguments=arguments), tmp_path)
    assert loaded.isdisjoint({"onnxruntime", "rich", "torch", "transformers"})
    assert {"numpy", "Stemmer"} <= loaded


def test_the_public_names_are_there_and_no_others(tmp_path: Path) -> None:
    code = (
        "import diglot\n"
        "from diglot import Hit, Index, load_encoder\n"
        "print(Hit.__module__, Index.__module__, load_encoder.__module__)\n"
        "print(hasattr(diglot, 'nonsense'))"
    )
    assert run_python(code, tmp_path) == [
        "diglot.types diglot.index.index diglot.inference.encoder",
        "False",
    ]


EXTRAS = {"corpus": "corpus", "objectives": "train", "training": "train"}
"""Layers whose modules may need an extra as soon as they are imported."""
MIXED = {"models": "train"}
"""Layers of which some modules do: those that import torch or transformers, and their users."""


def imported_at_once(name: str) -> set[str]:
    """What a module imports when it is imported itself."""
    tree = ast.parse(MODULES[name].read_text("utf-8"))
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (names & MODULES.keys()) or {str(node.module)}
    return found


def extra_of(name: str) -> str | None:
    """The extra that a module needs, if any."""
    if layer(name) in EXTRAS:
        return EXTRAS[layer(name)]
    pending, seen = [name], set()
    while layer(name) in MIXED and pending:
        for other in imported_at_once(pending.pop()) - seen:
            if other.partition(".")[0] in ("torch", "transformers", "safetensors"):
                return MIXED[layer(name)]
            seen.add(other)
            pending += [other] if other in MODULES else []
    return None


def distributions(*extras: str) -> set[str]:
    """Distributions that an install with some extras brings, by name."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    pending = [Requirement(line) for line in lines]
    found: set[str] = set()
    while pending:
        requirement = pending.pop()
        name = requirement.name.lower().replace("_", "-")
        if name == "diglot":
            found |= distributions(*requirement.extras)
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        try:
            pending += [Requirement(line) for line in metadata.requires(name) or ()]
        except metadata.PackageNotFoundError:  # of an extra that is not installed here
            continue
    return found


def packages(*extras: str) -> set[str]:
    """Top-level packages that an install with some extras brings, as far as they are here."""
    wanted = distributions(*extras)
    installed = {
        package
        for package, names in metadata.packages_distributions().items()
        if any(name.lower().replace("_", "-") in wanted for name in names)
    }
    return installed | {name.replace("-", "_") for name in wanted}


def test_no_base_dependency_brings_torch() -> None:
    assert distributions().isdisjoint({"torch", "transformers", "tensorflow", "jax", "pyarrow"})


@pytest.mark.parametrize("extra", [None, "corpus"])
def test_modules_import_with_the_dependencies_of_their_layer(
    tmp_path: Path, extra: str | None
) -> None:
    allowed = packages(*([extra] if extra else []))
    names = [name for name in LAYERED if extra_of(name) in (None, extra)]
    code = f"""
import importlib, sys
allowed = {allowed!r} | sys.stdlib_module_names | {{"diglot"}}
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed and not name.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(f"{{name}} is no dependency of this layer", name=name)
sys.meta_path.insert(0, Refuse())
for name in {sorted(names)!r}:
    importlib.import_module(name)
print("all")
"""
    assert run_python(code, tmp_path)[-1] == "all"


def test_what_is_imported_late_is_a_dependency_of_some_extra() -> None:
    known = packages("corpus", "scale", "train") | sys.stdlib_module_names | {"diglot"}
    names = {name for path in MODULES.values() for name in imported(path)}
    assert {name for name in names if name.partition(".")[0] not in known} == set()
