"""What goes into the signature, documentation and body of a unit."""

from __future__ import annotations

from textwrap import dedent

import pytest

from diglot.languages import extract_units, language_named


def units_of(language, text):
    return extract_units(dedent(text).lstrip("\n"), language_named(language))


def unit_of(language, symbol, text):
    (unit,) = (unit for unit in units_of(language, text) if unit.symbol == symbol)
    return unit


def test_function_text_is_parted_into_docs_and_body():
    unit = unit_of(
        "python",
        "Cache.get",
        '''
        class Cache:
            # Never raises.
            @traced
            def get(
                self,
                key: str,  # the key
            ) -> str | None:
                """Look a key up.

                Args:
                    key: the key.
                """
                return self.pages.get(key)
        ''',
    )
    assert (unit.start_line, unit.end_line) == (2, 13)
    assert unit.signature == "def get( self, key: str, ) -> str | None"
    assert unit.docs == "Never raises.\nLook a key up.\n\nArgs:\n    key: the key."
    assert unit.body == dedent(
        """\
        @traced
        def get(
            self,
            key: str,  # the key
        ) -> str | None:
            return self.pages.get(key)"""
    )


def test_class_leaves_out_its_methods_and_the_function_keeps_its_own():
    text = """
        class Cache {
          size = 3;

          get(key) {
            const read = () => {
              return key;
            };
            return read();
          }
        }
        """
    assert unit_of("javascript", "Cache", text).body == "class Cache {\n  size = 3;\n}"
    assert "return read();" in unit_of("javascript", "Cache.get", text).body
    assert "return key;" in unit_of("javascript", "Cache.get", text).body
    assert unit_of("javascript", "Cache.get.read", text).body.startswith("const read = () =>")


def test_short_nested_functions_are_no_units():
    units = units_of(
        "python",
        """
        def outer():
            def inner():
                pass
            return inner
        """,
    )
    assert [unit.symbol for unit in units] == ["outer"]


def test_module_unit_holds_header_and_short_loose_code():
    units = units_of(
        "python",
        '''
        """Reads pages."""

        import os

        def read():
            return os.sep

        LIMIT = 3
        ''',
    )
    module = units[0]
    assert (module.kind, module.symbol, module.start_line, module.end_line) == ("module", "", 1, 3)
    assert module.docs == "Reads pages."
    assert module.body == "import os\nLIMIT = 3"


def test_longer_loose_code_is_a_window_where_it_stands():
    steps = "\n".join(f"step({number})" for number in range(100))
    units = extract_units(
        f"import os\n\ndef read():\n    pass\n\n{steps}\n", language_named("python")
    )
    windows = [unit for unit in units if unit.kind == "window"]
    assert [(unit.start_line, unit.end_line) for unit in windows] == [(6, 65), (66, 105)]
    assert windows[0].body.startswith("step(0)\n")
    assert windows[1].body.endswith("\nstep(99)")


def test_a_long_header_goes_on_in_windows():
    imports = "\n".join(f"import module_{number}" for number in range(100))
    module, window = extract_units(f"# Imports all.\n{imports}\n", language_named("python"))
    assert (module.kind, module.start_line, module.end_line) == ("module", 1, 60)
    assert module.docs == "Imports all."
    assert (window.kind, window.start_line, window.end_line) == ("window", 61, 101)
    assert window.body.startswith("import module_59\n")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("go", "// Copyright 2024 Somebody\n// All rights reserved.\n\npackage a\n"),
        ("java", "/* Licensed under the Apache License. */\npackage a;\n"),
        ("python", "# SPDX-License-Identifier: MIT\nimport os\n"),
        ("php", "<?php declare(strict_types=1);\n/* (c) 2024 Somebody */\necho 1;\n"),
    ],
)
def test_licences_are_neither_documentation_nor_code(language, text):
    (module,) = extract_units(text, language_named(language))
    assert module.docs == ""
    assert "2024" not in module.body
    assert "icense" not in module.body


def test_licence_directly_above_a_function_does_not_document_it():
    (unit,) = units_of("c", "// Copyright 2024 Somebody\nint one(void) { return 1; }\n")
    assert (unit.symbol, unit.docs, unit.start_line) == ("one", "", 2)


def test_comment_after_a_blank_line_documents_only_in_documentation_style():
    assert unit_of("c", "f", "/* a */\n\nint f(void) { return 1; }\n").docs == ""
    assert unit_of("c", "f", "int x;\n\n/** a */\n\nint f(void) { return 1; }\n").docs == "a"


def test_comment_behind_code_does_not_document_the_next_line():
    text = "package a\n\nvar x = 1 // the x\nfunc f() {}\n"
    assert unit_of("go", "f", text).docs == ""


def test_comment_behind_a_function_belongs_to_it():
    text = "package a\n\nfunc f() {} // does nothing\n\nfunc g() {}\n"
    assert unit_of("go", "f", text).body == "func f() {} // does nothing"
    assert unit_of("go", "g", text).docs == ""


def test_prototype_gives_way_to_the_definition():
    text = "int f(int x);\nint g(int x);\n\nint f(int x)\n{\n    return g(x);\n}\n"
    units = units_of("c", text)
    assert [(unit.symbol, unit.start_line) for unit in units] == [("", 1), ("g", 2), ("f", 4)]
    assert units[0].body == "int f(int x);"


def test_header_in_cpp_is_read_as_cpp():
    text = "namespace paint {\nclass Brush {\n public:\n  int size() { return 1; }\n};\n}\n"
    assert unit_of("c", "paint.Brush.size", text).kind == "method"


def test_errors_do_not_stop_extraction():
    text = "def good():\n    return 1\n\ndef bad(:\n    return )\n\ndef fine():\n    return 2\n"
    symbols = {unit.symbol for unit in units_of("python", text)}
    assert {"good", "fine"} <= symbols


def test_long_signatures_are_bounded():
    arguments = ", ".join(f"argument_{number}" for number in range(1000))
    unit = unit_of("python", "f", f"def f({arguments}):\n    pass\n")
    assert len(unit.signature) <= 400


def test_long_function_is_one_unit():
    steps = "\n".join(f"    step({number})" for number in range(5000))
    (unit,) = units_of("python", f"def f():\n{steps}\n")
    assert (unit.start_line, unit.end_line) == (1, 5001)
    assert unit.body.endswith("step(4999)")
