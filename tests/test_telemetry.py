from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import diglot
from diglot.telemetry import keep_fonts_in


@pytest.mark.parametrize("module", ["diglot", "diglot.types", "diglot.inference"])
@pytest.mark.parametrize("before", [None, "0", "true"])
def test_it_is_off_whatever_is_imported_and_whatever_was_set(
    module: str, before: str | None
) -> None:
    set_by_user = {} if before is None else {"ORT_DISABLE_TELEMETRY": before}
    done = subprocess.run(
        [sys.executable, "-c", f"import os, {module}; print(os.environ['ORT_DISABLE_TELEMETRY'])"],
        env={"PYTHONPATH": str(Path(diglot.__file__).parents[1]), **set_by_user},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1\n"


def test_fonts_stay_where_the_user_has_them(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MPLCONFIGDIR", "mine")
    keep_fonts_in(tmp_path)
    assert os.environ["MPLCONFIGDIR"] == "mine"
