"""What a result file must say of where its numbers come from."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "diglot",
    "semble",
    "model2vec",
    "numpy",
    "onnxruntime",
    "PyStemmer",
    "tokenizers",
    "torch",
    "transformers",
    "accelerate",
    "sentence-transformers",
    "datasets",
)


def package_versions() -> dict[str, str]:
    """Version of each package that takes part, `absent` where it is not installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def source_revision() -> str:
    """Commit of this checkout, with `+changes` where tracked files differ from it."""
    here = Path(__file__).parent
    commands = (["git", "rev-parse", "HEAD"], ["git", "status", "--porcelain"])
    outputs = [
        subprocess.run(command, cwd=here, capture_output=True, text=True, check=False).stdout
        for command in commands
    ]
    commit, changes = (output.strip() for output in outputs)
    return f"{commit or 'unknown'}{'+changes' if changes else ''}"


def hardware() -> str:
    """One line: processor, number of processors usable, memory, system, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {len(os.sched_getaffinity(0))} processors, {memory:.0f} GiB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def files_sha256(root: Path, files: Iterable[Path]) -> str:
    """One hash of the names, relative to `root`, and the contents of files, in path order."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"{file.relative_to(root).as_posix()}\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
