"""Solutions of HumanEval and HumanEvalPack pass their own tests after obfuscation."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from diglot.languages import language_named
from diglot.languages.obfuscate import obfuscate

DATA = Path(__file__).parents[4] / "shared" / "data"
PYTHON = DATA / "humaneval" / "HumanEval.jsonl.gz"
JAVASCRIPT = DATA / "humanevalpack" / "js.jsonl"

RUN_PYTHON = """
import json, sys
failed = []
for name, code in json.load(sys.stdin):
    try:
        exec(compile(code, name, "exec"), {"__name__": name})
    except BaseException as error:
        failed.append([name, repr(error)])
print(json.dumps(failed), file=sys.__stdout__)
"""
RUN_JAVASCRIPT = """
const vm = require("vm");
const failed = [];
for (const [name, code] of JSON.parse(require("fs").readFileSync(0))) {
  let wrong = null;
  const assert = (holds) => { if (!holds) wrong = "assertion"; };
  try {
    vm.runInNewContext(code, { console: { assert, log() {} }, require }, { timeout: 20000 });
  } catch (error) { wrong = String(error); }
  if (wrong !== null) failed.push([name, wrong]);
}
console.log(JSON.stringify(failed));
"""
MISSING = {"JavaScript/162"}
"""Needs a package that is not part of JavaScript."""


def failures(command: list[str], programs: list[tuple[str, str]]) -> list[list[str]]:
    result = subprocess.run(
        command, input=json.dumps(programs), capture_output=True, text=True, timeout=300, check=True
    )
    found: list[list[str]] = json.loads(result.stdout.splitlines()[-1])
    return found


def obfuscated(code: str, language: str) -> tuple[str, dict[str, str]]:
    """Code, and the placeholders by the names of its functions."""
    result = obfuscate(code, language_named(language))
    assert result.restore() == code
    functions: dict[str, str] = {}
    for placeholder, name in result.names.items():
        if placeholder[0] == "f":
            functions.setdefault(name, placeholder)
    return result.code, functions


@pytest.mark.skipif(not PYTHON.is_file(), reason="no HumanEval here")
def test_python_solutions_pass() -> None:
    programs = []
    renamed = 0
    with gzip.open(PYTHON, "rt", encoding="utf-8") as lines:
        for task in map(json.loads, lines):
            code, functions = obfuscated(task["prompt"] + task["canonical_solution"], "python")
            # The tests call the functions by the names that they had; inner ones are not there.
            aliases = "\n".join(
                f"if {new!r} in globals(): {name} = {new}" for name, new in functions.items()
            )
            renamed += task["entry_point"] in functions
            entry = functions.get(task["entry_point"], task["entry_point"])
            test = f"{code}\n{aliases}\n{task['test']}\ncheck({entry})\n"
            programs.append((task["task_id"], test))
    assert len(programs) == 164
    assert renamed == 163  # one calls `eval`
    assert failures([sys.executable, "-c", RUN_PYTHON], programs) == []


@pytest.mark.skipif(not JAVASCRIPT.is_file(), reason="no HumanEvalPack here")
@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_javascript_solutions_pass() -> None:
    programs = []
    renamed = 0
    for line in JAVASCRIPT.read_text("utf-8").splitlines():
        task = json.loads(line)
        if task["task_id"] in MISSING:
            continue
        code, functions = obfuscated(task["prompt"] + task["canonical_solution"], "javascript")
        aliases = "".join(
            f"const {name} = typeof {new} === 'undefined' ? undefined : {new};\n"
            for name, new in functions.items()
        )
        renamed += len(functions) > 0
        programs.append((task["task_id"], f"{{{code}\n{{{aliases}\n{task['test']}\n}}}}"))
    assert len(programs) == 163
    assert renamed >= 162
    assert failures(["node", "-e", RUN_JAVASCRIPT], programs) == []
