from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from diglot.corpus import datasheet
from diglot.corpus.build import build_corpus
from diglot.corpus.engines.local import LocalEngine
from diglot.corpus.reader import Corpus, open_corpus
from diglot.corpus.recipe import CorpusRecipe, SourceEntry
from diglot.corpus.schema import SCHEMAS, SPLITS
from diglot.errors import DiglotError, InputError

Recipes = Callable[..., CorpusRecipe]


def build(recipe: CorpusRecipe, output: Path, workers: int = 1) -> Corpus:
    return build_corpus(recipe, output, cache=output.parent / "cache", engine=LocalEngine(workers))


def rows(corpus: Corpus, table: Any) -> list[dict[str, Any]]:
    return [row for shard in corpus.shards(table) for row in pq.read_table(shard).to_pylist()]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".build.lock"
    }


@pytest.fixture(scope="module")
def corpus(
    standing_repositories: list[Path],
    recipe_of: Recipes,
    tmp_path_factory: pytest.TempPathFactory,
) -> Corpus:
    """Of the standing repositories: to be read only."""
    return build(recipe_of(standing_repositories), tmp_path_factory.mktemp("built") / "corpus")


def test_tables_have_the_schema_and_refer_to_each_other(corpus: Corpus) -> None:
    for table, schema in SCHEMAS.items():
        for shard in corpus.shards(table):
            assert pq.read_schema(shard).equals(schema)
    files = {row["file_id"]: row for row in rows(corpus, "files")}
    functions = rows(corpus, "functions")
    assert {row["file_id"] for row in functions} <= set(files)
    assert {row["split"] for row in functions} == set(SPLITS)
    assert any(row["source"] == "readme" for row in rows(corpus, "prose"))
    names = {row["qualified_name"] for row in functions}
    assert {"WeatherStore.fetch_weather", "parse_flights", "MergeTickets"} <= names


def test_spans_map_back_to_the_source(corpus: Corpus) -> None:
    files = {row["file_id"]: row["text"] for row in rows(corpus, "files")}
    for row in rows(corpus, "functions"):
        text = files[row["file_id"]]
        code, position = "", row["start"]
        for cut in row["cuts"]:
            code += text[position : cut["start"]]
            position = cut["end"]
        assert row["code"] == code + text[position : row["end"]]
        for item in row["identifiers"]:
            for span in item["spans"]:
                assert item["name"] in text[span["start"] : span["end"]]


def test_no_repository_is_in_two_splits(corpus: Corpus) -> None:
    for table in SCHEMAS:
        found = {(row["repository"], row["split"]) for row in rows(corpus, table)}
        assert len({repository for repository, _ in found}) == len(found)


def test_the_datasheet_counts_what_is_there(corpus: Corpus) -> None:
    sheet = corpus.datasheet
    functions = rows(corpus, "functions")
    for language, entry in sheet["languages"].items():
        own = [row for row in functions if row["language"] == language]
        for split in SPLITS:
            of_split = [row for row in own if row["split"] == split]
            assert entry["functions"].get(split, 0) == len(of_split)
            assert entry["pairs"].get(split, 0) == sum(bool(row["summary"]) for row in of_split)
    assert (corpus.path / "datasheet.md").read_text("utf-8").startswith("# Corpus tests")


def test_near_duplicates_stay_only_where_they_are_held_out(
    repositories: list[Path], recipe_of: Recipes, tmp_path: Path
) -> None:
    copy = (repositories[1] / "src" / "invoices.py").read_text("utf-8")
    (repositories[3] / "src" / "stolen.py").write_text(f"# a copy\n{copy}", encoding="utf-8")
    corpus = build(recipe_of(repositories), tmp_path / "corpus")
    splits = {
        row["split"]
        for row in rows(corpus, "functions")
        if row["qualified_name"] == "parse_invoices"
    }
    assert splits == {"test"}
    assert "src/stolen.py" not in {row["path"] for row in rows(corpus, "files")}
    assert corpus.datasheet["drops"]["files: near-duplicate"] >= 1


def test_equal_inputs_give_equal_bytes_whatever_the_number_of_workers(
    standing_repositories: list[Path], recipe_of: Recipes, tmp_path: Path, corpus: Corpus
) -> None:
    recipe = recipe_of(standing_repositories)
    again = build(recipe_of(standing_repositories), tmp_path / "again", workers=2)
    assert contents(corpus.path) == contents(again.path)
    assert recipe.name == again.datasheet["name"]


@pytest.mark.slow
def test_ray_gives_the_same_bytes(
    standing_repositories: list[Path], recipe_of: Recipes, tmp_path: Path, corpus: Corpus
) -> None:
    ray = pytest.importorskip("ray")
    script = tmp_path / "build.py"
    script.write_text(
        "import sys\nfrom diglot.cli.main import main\nmain(sys.argv[1:])\n",
        encoding="utf-8",
    )
    recipe = write_recipe(tmp_path / "tests.toml", standing_repositories)
    arguments = ["corpus", "build", "--recipe", str(recipe), "--engine", "ray", "--workers", "2"]
    output = tmp_path / "with-ray"
    result = subprocess.run(
        [sys.executable, script, *arguments, "-o", output, "--cache-dir", tmp_path / "cache"],
        capture_output=True,
        text=True,
        timeout=900,  # a hang; not what it takes
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert ray.__version__
    assert contents(output) == contents(corpus.path)


def write_recipe(path: Path, folders: list[Path]) -> Path:
    splits = {0: "validation", 1: "test"}
    lines = ['name = "tests"', 'licences = "any"']
    for number, folder in enumerate(folders):
        lines += ["[[sources]]", f"spec = {json.dumps(str(folder))}"]
        lines += [f'split = "{splits.get(number, "train")}"']
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("seconds", [0.4, 0.9, 1.6, 2.6])
def test_a_killed_build_goes_on_and_ends_the_same(
    standing_repositories: list[Path], tmp_path: Path, corpus: Corpus, seconds: float
) -> None:
    recipe = write_recipe(tmp_path / "tests.toml", standing_repositories)
    output = tmp_path / "killed"
    command = [sys.executable, "-m", "diglot", "corpus", "build", "--recipe", str(recipe)]
    command += ["-o", str(output), "--cache-dir", str(tmp_path / "cache"), "--workers", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    time.sleep(seconds)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert contents(output) == contents(corpus.path)
    assert not (output / ".build").exists()


@pytest.mark.parametrize("first", ["write_plots", "write_text", "write_json"])
def test_a_build_stopped_while_it_describes_the_corpus_goes_on(
    standing_repositories: list[Path],
    recipe_of: Recipes,
    corpus: Corpus,
    tmp_path: Path,
    first: str,
) -> None:
    output = tmp_path / "stopped"
    real = getattr(datasheet, first)

    def stopping(*arguments: object) -> None:
        if first == "write_plots":
            real(*arguments)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(datasheet, first, stopping)
        with pytest.raises(KeyboardInterrupt):
            build(recipe_of(standing_repositories), output)
    build(recipe_of(standing_repositories), output)
    assert contents(output) == contents(corpus.path)


def test_a_finished_corpus_is_not_built_again(
    standing_repositories: list[Path], recipe_of: Recipes, corpus: Corpus
) -> None:
    before = {path: path.stat().st_mtime_ns for path in corpus.path.rglob("*.parquet")}
    build(recipe_of(standing_repositories), corpus.path)
    assert before == {path: path.stat().st_mtime_ns for path in corpus.path.rglob("*.parquet")}


def test_another_recipe_does_not_overwrite_a_corpus(
    standing_repositories: list[Path], recipe_of: Recipes, corpus: Corpus
) -> None:
    with pytest.raises(InputError, match="another recipe"):
        build(recipe_of(standing_repositories[:3]), corpus.path)
    assert open_corpus(corpus.path).datasheet["repositories"]


def test_a_folder_with_other_things_is_left_alone(
    repositories: list[Path], recipe_of: Recipes, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match=r"thesis\.txt"):
        build(recipe_of(repositories), tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text("utf-8") == "years of work"


def test_a_filter_that_is_switched_off_drops_nothing(
    standing_repositories: list[Path], recipe_of: Recipes, corpus: Corpus, tmp_path: Path
) -> None:
    assert corpus.datasheet["drops"]["function: constructor"] == len(standing_repositories)
    without = ("constructor", "standard_method")
    other = build(recipe_of(standing_repositories, without=without), tmp_path / "other")
    assert "function: constructor" not in other.datasheet["drops"]
    assert len(rows(other, "functions")) > len(rows(corpus, "functions"))


def test_unknown_filters_and_no_sources_are_errors(
    repositories: list[Path], recipe_of: Recipes, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no filter is named 'nonsense'"):
        build(recipe_of(repositories, without=("nonsense",)), tmp_path / "a")
    with pytest.raises(InputError, match="no sources"):
        build(recipe_of([]), tmp_path / "b")


def test_a_repository_has_one_split(repositories: list[Path], tmp_path: Path) -> None:
    twin = tmp_path / "elsewhere" / repositories[0].name
    twin.parent.mkdir()
    repositories[1].rename(twin)
    entries = (
        SourceEntry(spec=str(repositories[0]), split="train"),
        SourceEntry(spec=str(twin), split="test"),
    )
    with pytest.raises(InputError, match=r"both folder:weather.*a repository has one split"):
        build(CorpusRecipe(name="x", licences="any", sources=entries), tmp_path / "corpus")


def test_a_corpus_without_training_data_is_told_of(
    repositories: list[Path], tmp_path: Path
) -> None:
    entries = (SourceEntry(spec=str(repositories[0]), split="test"),)
    warnings: list[str] = []
    build_corpus(
        CorpusRecipe(name="x", licences="any", sources=entries),
        tmp_path / "corpus",
        cache=tmp_path / "cache",
        engine=LocalEngine(1),
        warn=warnings.append,
    )
    assert any("no function is for training" in line for line in warnings)


def test_nothing_to_write_is_an_error_that_says_why(recipe_of: Recipes, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "data.bin").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="nothing is left"):
        build(recipe_of([folder]), tmp_path / "corpus")


def test_strange_files_are_counted_drops(
    repositories: list[Path], recipe_of: Recipes, tmp_path: Path
) -> None:
    source = repositories[4] / "src"
    (source / "latin.py").write_bytes(b"# caf\xe9\nx = 1\n")
    (source / "huge.py").write_text("x = 1  # again and again\n" * 200_000, encoding="utf-8")
    (source / "deep.py").write_text("x = " + "(" * 20_000 + ")" * 20_000, encoding="utf-8")
    (source / "null.py").write_bytes(b"x = 1\n\0\0\0")
    drops = build(recipe_of(repositories), tmp_path / "corpus").datasheet["drops"]
    assert drops["file: not UTF-8"] == 1
    assert drops["file: binary"] == 1
    assert sum(count for name, count in drops.items() if name.startswith("file: ")) >= 4


def test_secrets_are_replaced_and_counted(
    repositories: list[Path], recipe_of: Recipes, tmp_path: Path
) -> None:
    path = repositories[5] / "src" / "flights.py"
    secret = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
    path.write_text(f'{path.read_text("utf-8")}\nTOKEN = "{secret}"\n', encoding="utf-8")
    corpus = build(recipe_of(repositories), tmp_path / "corpus")
    (row,) = [row for row in rows(corpus, "files") if row["path"] == "src/flights.py"]
    assert secret not in row["text"]
    assert len(row["redactions"]) == 1
    assert sum(corpus.datasheet["redactions"].values()) == 1


def test_one_repository_has_at_most_its_share(
    repositories: list[Path], recipe_of: Recipes, tmp_path: Path
) -> None:
    extra = "".join(
        f'\n\ndef rule_{n}(value):\n    """Apply rule number {n} to the value given."""\n'
        f"    total_{n} = value * {n} + {n * n}\n    print({n}, total_{n}, 'step {n}')\n"
        f"    return total_{n} // (value + {n})\n"
        for n in range(40)
    )
    (repositories[2] / "src" / "rules.py").write_text(extra, encoding="utf-8")
    corpus = build(recipe_of(repositories, largest_share=0.4), tmp_path / "corpus")
    functions = [row for row in rows(corpus, "functions") if row["language"] == "python"]
    pairs = [row["repository"] for row in functions if row["summary"]]
    assert max(pairs.count(name) for name in pairs) <= 0.4 * len(pairs)
    assert corpus.datasheet["largest_shares"]["python"]["share"] <= 0.4


def end_in_a_crash(marker: Path) -> None:
    if not marker.exists():
        os.kill(os.getpid(), signal.SIGSEGV)


def fail(_: Path) -> None:
    raise InputError("this went wrong")


def test_a_crash_of_a_worker_is_handed_to_the_caller(tmp_path: Path) -> None:
    crashes = []

    def crashed(task: Path) -> bool:
        crashes.append(task)
        task.write_text("known")
        return True

    done = []
    tasks = [tmp_path / name for name in ("one", "two", "three")]
    LocalEngine(2).run(end_in_a_crash, tasks, crashed, lambda n, total: done.append((n, total)))
    assert sorted(crashes) == sorted(tasks)
    assert done[-1] == (3, 3)


def test_an_error_of_a_worker_reaches_the_user(tmp_path: Path) -> None:
    with pytest.raises(DiglotError, match="this went wrong"):
        LocalEngine(2).run(fail, [tmp_path], lambda _: False, lambda *_: None)


def test_pandas_reads_the_tables(corpus: Corpus) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(corpus.path / "functions")
    assert sorted(frame["function_id"]) == sorted(
        row["function_id"] for row in rows(corpus, "functions")
    )


def test_datasets_finds_the_splits(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(
        "parquet", data_dir=str(corpus.path / "functions"), cache_dir=str(tmp_path / "cache")
    )
    assert set(loaded) == set(SPLITS)
    assert sum(map(len, loaded.values())) == len(rows(corpus, "functions"))
