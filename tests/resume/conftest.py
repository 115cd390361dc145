from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def run_phases(tiny_corpus, tmp_path_factory) -> Callable[..., None]:
    """Run a recipe several times, one after the other, each to its end or until it is killed."""
    cache = tmp_path_factory.mktemp("tokens")

    def run(recipe: Path, phases: list[dict[str, Any]]) -> None:
        given = [
            {
                "recipe": str(recipe),
                "corpus": str(tiny_corpus),
                "cache": str(cache),
                "output": str(phase["output"]),
                "changes": phase.get("changes", []),
                "resume": phase.get("resume", False),
                "kill_after": phase.get("kill_after", 0),
                "processes": phase["processes"],
            }
            for phase in phases
        ]
        done = subprocess.run(
            [sys.executable, "-m", "tests.resume.program"],
            input=json.dumps({"phases": given}),
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=1500,  # a hang; not what it takes
            check=False,
        )
        assert done.returncode == 0, done.stderr

    return run
