from __future__ import annotations

import pytest

from diglot.languages.long_lines import without_data

CODE = "\n".join(f"function f{i}(a) {{\n  return a + {i};\n}}" for i in range(4))


@pytest.mark.parametrize(
    "data",
    [
        '"' + "QUJD" * 3000 + '"',
        "'" + "\\x00\\x61" * 2000 + "'",
        "`data:image/svg+xml,<svg d=M1 2 L3 4>" + "L 10.5 20.5 " * 500 + "`",
        "[" + ", ".join(map(str, range(3000))) + "]",
        "[" + ",".join(["0x1f"] * 3000) + "]",
        '"' + "\\u4e2d" * 1000 + '"',
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_data_on_one_line_is_cut_short_and_all_else_stays(data: str, line_end: str) -> None:
    text = f"const A = {data};\n{CODE}\n".replace("\n", line_end)
    shortened, is_written = without_data(text)
    assert is_written
    assert shortened.count(line_end) == text.count(line_end)
    first, _, rest = shortened.partition(line_end)
    assert rest == text.partition(line_end)[2]
    assert first.startswith(f"const A = {data[:20]}")
    assert first[-1] == ";"
    assert len(first) < 400


def test_other_long_lines_are_kept_beside_enough_code() -> None:
    line = "f(a, b); " * 300
    assert without_data(f"{line}\n{CODE}\n") == (f"{line}\n{CODE}\n", True)
    assert without_data(f"{line}\n" * 5 + CODE)[1] is False


@pytest.mark.parametrize("above", ["", "// licence\n" * 20, "/*\n * licence\n" * 10, "a;\nb;\n"])
def test_minified_code_is_told_from_written_code(above: str) -> None:
    minified = 'function a(b){return b+1};var c="x";' * 1000
    assert without_data(f"{above}{minified}\n//# sourceMappingURL=x.js.map\n")[1] is False
