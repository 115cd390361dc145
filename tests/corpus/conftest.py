from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from diglot.corpus.recipe import CorpusRecipe, SourceEntry

PYTHON = '''"""Tools for {topic}."""


class {Topic}Store:
    """Keeps {topic} by key."""

    def __init__(self, limit):
{python}
        self.limit = limit
        self.found = {{}}

    def fetch_{topic}(self, key, fallback=None):
        """Return the {topic} stored under a key, or a fallback.

        Args:
            key: Name of the {topic}.
            fallback: What to return when there is none.
        """
{python}
        if key not in self.found:
            return fallback
        return self.found[key]

    def evict_{topic}(self):
        # oldest first
{python}
        while len(self.found) > self.limit:
            oldest = next(iter(self.found))
            del self.found[oldest]


def parse_{topic}(line):
    """Split a line of {topic} into its name and its {number} numbers."""
    if line:
{python}
    name, *numbers = line.split()
    values = [float(number) + {number} for number in numbers]
    return name, values[:{number}]
'''

GO = """package {topic}

// Merge{Topic} joins two lists of {topic} and drops what both contain.
func Merge{Topic}(left, right []string) []string {{
	seen := map[string]bool{{}}
	var merged []string
{go}
	for _, item := range append(left, right...) {{
		if !seen[item] && len(item) > {number} {{
			seen[item] = true
			merged = append(merged, item)
		}}
	}}
	return merged
}}
"""

README = """# The {topic} library

This library reads {topic} from a stream and keeps the {number} most recent ones in memory.

Call `parse_{topic}` on every line that arrives from the network, then store the result.
"""

TOPICS = ("weather", "invoices", "tickets", "sensors", "recipes", "flights")


WORDS = tuple("alpha bravo cargo delta ember frost gamma harbour island jungle".split())


def distinct_body(topic: str, indent: str, end: str) -> str:
    """Statements of names and numbers that no other topic has."""
    chance = random.Random(topic)
    lines = []
    for _ in range(8):
        one, other = chance.sample(WORDS, 2)
        number = chance.randrange(1000)
        lines.append(f"{indent}{one}_{topic} = {topic}_{other}({number}, values){end}")
    return "\n".join(lines)


def write_repository(folder: Path, topic: str, number: int) -> Path:
    words = {
        "topic": topic,
        "Topic": topic.title(),
        "number": number,
        "python": distinct_body(topic, "        ", ""),
        "go": distinct_body(topic, "\t", ""),
    }
    (folder / "src").mkdir(parents=True)
    (folder / "src" / f"{topic}.py").write_text(PYTHON.format(**words), encoding="utf-8")
    (folder / f"{topic}.go").write_text(GO.format(**words), encoding="utf-8")
    (folder / "README.md").write_text(README.format(**words), encoding="utf-8")
    return folder


def write_repositories(folder: Path) -> list[Path]:
    return [
        write_repository(folder / topic, topic, number + 2) for number, topic in enumerate(TOPICS)
    ]


@pytest.fixture
def repositories(tmp_path: Path) -> list[Path]:
    """A test's own, which it may change."""
    return write_repositories(tmp_path / "repositories")


@pytest.fixture(scope="session")
def standing_repositories(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Of all tests: to be read only."""
    return write_repositories(tmp_path_factory.mktemp("repositories"))


@pytest.fixture(scope="session")
def recipe_of() -> Callable[..., CorpusRecipe]:
    """A recipe of folders, two of which are held out."""

    def recipe(folders: list[Path], **settings: object) -> CorpusRecipe:
        splits = {0: "validation", 1: "test"}
        entries = tuple(
            SourceEntry(spec=str(folder), split=splits.get(number, "train"))  # type: ignore[arg-type]
            for number, folder in enumerate(folders)
        )
        return CorpusRecipe(name="tests", licences="any", sources=entries, **settings)  # type: ignore[arg-type]

    return recipe
