"""Bindings of Python compared with what its compiler says."""

from __future__ import annotations

import sysconfig
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.languages.scopes.marked import bindings_of
from tests.languages.scopes.oracle import Key, names_of

LIBRARY = Path(sysconfig.get_path("stdlib"))
MODULES = """
argparse ast asyncio/base_events bdb collections/__init__ configparser dataclasses difflib
email/message functools heapq inspect json/decoder logging/__init__ pdb pickle statistics
tarfile textwrap threading traceback typing unittest/case unittest/mock urllib/parse zipfile
"""
PATHS = [path for name in MODULES.split() if (path := LIBRARY / f"{name}.py").is_file()]


def disagreements(code: str) -> tuple[list[str], int]:
    """Bindings that are not one thing for the compiler, or not all of it, and their number.

    A member of a class that is redefined in a class that inherits from it is one binding for us.
    """
    source = code.encode()
    names = names_of(source, "module")
    occurrences: defaultdict[Key, set[int]] = defaultdict(set)
    for offset, key in names.items():
        occurrences[key].add(offset)
    wrong = []
    checked = 0
    for binding in bindings_of(code, "python"):
        offsets = {start for start, _ in binding.spans if start in names}
        keys = {names[offset] for offset in offsets if not names[offset].is_member}
        if not keys:
            continue
        checked += 1
        if len(keys) > 1 or occurrences[next(iter(keys))] != offsets:
            wrong.append(f"{binding.role} {binding.name} {binding.spans}")
    return wrong, checked


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_standard_library(path: Path) -> None:
    wrong, checked = disagreements(path.read_text("utf-8"))
    assert wrong == []
    assert checked > 30


NAMES = st.sampled_from("abcd")
# Every scope begins on a line of its own: by that the oracle tells them apart.
EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("(\nlambda {}={}: {})".format, NAMES, inner, inner),
        st.builds("(\n[{} for {} in {} if {}])".format, inner, NAMES, inner, inner),
        st.builds(
            "(\n{{{}: {} for {} in {} for {} in {}}})".format,
            *[inner] * 2,
            NAMES,
            inner,
            NAMES,
            inner,
        ),
        st.builds("{}({}, *{})".format, NAMES, inner, inner),
        st.builds("f'{{{}!r:>{{{}}}}}'".format, NAMES, NAMES),
    ),
    max_leaves=4,
)


def indented(*parts: str) -> str:
    return "\n".join(parts).replace("\n", "\n    ")


STATEMENTS = st.recursive(
    st.one_of(
        st.builds("{} = {}".format, NAMES, EXPRESSIONS),
        st.builds("({}, *{}) = {}".format, NAMES, NAMES, EXPRESSIONS),
        st.builds("{} += {}".format, NAMES, EXPRESSIONS),
        st.builds("del {}".format, NAMES),
        st.builds("import {} as {}".format, NAMES, NAMES),
        st.builds("({} := {})".format, NAMES, EXPRESSIONS),
    ),
    lambda inner: st.one_of(
        st.builds(
            lambda name, one, default, two, scope, *body: indented(
                f"def {name}({one}, {two}_={default}):", f"{scope} {name}_; {name}_ = {two}_", *body
            ),
            *(NAMES, NAMES, EXPRESSIONS, NAMES, st.just("global"), inner, inner),
        ),
        st.builds(
            lambda name, base, *body: indented(f"class {name}({base}):", *body),
            *(NAMES, NAMES, inner, inner),
        ),
        st.builds(
            lambda name, items, *body: indented(f"for {name} in {items}:", *body),
            *(NAMES, EXPRESSIONS, inner),
        ),
        st.builds(
            lambda name, value, *body: indented(f"with {value} as {name}:", *body),
            *(NAMES, EXPRESSIONS, inner),
        ),
        st.builds(
            lambda name, *body: indented("try: pass", f"except E as {name}:", *body).replace(
                "\n    except", "\nexcept"
            ),
            *(NAMES, inner),
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=4).map("\n".join))
def test_generated_modules(code: str) -> None:
    try:
        compile(code, "module", "exec")
    except SyntaxError:  # a name that is a parameter and global, a `:=` that is not allowed
        return
    wrong, _ = disagreements(code + "\n")
    assert wrong == []
