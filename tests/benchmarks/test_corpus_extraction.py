"""The benchmark of reading functions: both readers fill the same fields."""

from __future__ import annotations

from benchmarks.ast_functions import ast_functions
from benchmarks.corpus_extraction import COMPARED, load_texts, markdown, measure

from diglot.languages import language_named
from diglot.languages.functions import read_functions

PYTHON = language_named("python")
TEXT = '''"""Pages."""
import os

LIMIT = 3


class Größe:
    # Above.
    @property
    def total(self, more=LIMIT):
        """Return the total, e.g. 3. More.

        Args:
            more: a limit.
        """
        # Sum all.
        pages = [page for page in self.all if page]  # größe
        return os.path.join(sum(pages), more)


async def load(path, *, limit=1):
    def inner(line):
        found = line.split()
        return found

    return inner(path, limit)
'''


def test_readers_agree():
    ours = read_functions(TEXT, PYTHON).functions
    peers = ast_functions(TEXT, PYTHON)
    assert [item.qualified_name for item in ours] == ["Größe.total", "load", "load.inner"]
    for mine, other in zip(ours, sorted(peers, key=lambda item: item.start), strict=True):
        assert {field: getattr(mine, field) for field in COMPARED} == {
            field: getattr(other, field) for field in COMPARED
        }


def test_the_peer_resolves_names():
    function = next(item for item in ast_functions(TEXT, PYTHON) if item.name == "total")
    found = {item.name: (item.role, len(item.spans)) for item in function.identifiers}
    assert found["more"] == ("parameter", 2)
    assert found["pages"] == ("variable", 2)
    assert found["page"] == ("variable", 3)
    assert "os" not in found


def test_measure():
    result = measure([TEXT], 3)
    assert result["functions"] == 3
    assert len(result["ratios"]) == 3
    assert result["agreement"] == dict.fromkeys(("found", *COMPARED), 1.0)
    table = markdown({**result, "hardware": "a machine", "revision": "0" * 40})
    assert "| read_functions |" in table


def test_texts_that_cannot_be_parsed_are_left_out(tmp_path):
    (tmp_path / "a.py").write_text(TEXT)
    (tmp_path / "b.py").write_text("def f(:\n")
    (tmp_path / "c.py").write_bytes(b"\xff")
    assert load_texts([tmp_path], 1e6) == [TEXT]
