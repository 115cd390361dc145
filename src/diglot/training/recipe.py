"""Recipes: TOML files that fix a training run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from tomllib import TOMLDecodeError
from typing import Any, Literal

from diglot.documents import parse_toml
from diglot.errors import InputError
from diglot.recipe_files import names_in, read_recipe, recipe_folder
from diglot.tables import check_range, from_table

View = Literal["blocks", "pairs", "functions", "sentences", "labelled"]


@dataclass(frozen=True, kw_only=True)
class TokenizerRecipe:
    """Where the vocabulary is from."""

    source: str = ""
    """`corpus` trains one on the corpus, `model` takes that of the model's starting point; else a
    folder or a name on the hub. `model` if the model has a starting point, else `corpus`. In TOML
    the key is `from`."""
    vocabulary_size: int = 32_768
    """Of one that is trained."""
    whitespace: bool = True
    """Whether runs of white space are added to a vocabulary of others that lacks them."""

    def __post_init__(self) -> None:
        check_range("vocabulary_size", self.vocabulary_size, 1)


@dataclass(frozen=True, kw_only=True)
class DataRecipe:
    """What an example is, and how many make a batch."""

    view: View = "blocks"
    """`blocks` files and prose packed to `length`; `pairs` summary and code; `functions` code;
    `sentences` a span and its next one or one from elsewhere; `labelled` a JSONL file."""
    tables: tuple[Literal["files", "prose"], ...] = ("files", "prose")
    """What blocks and sentences are made of."""
    file: str = ""
    """For `labelled`: JSON lines with `text`, `pair` or `choices`, and `label`."""
    validation_file: str = ""
    """For `labelled`: likewise, to evaluate on."""
    negatives: str = ""
    """For `pairs`: JSON lines of `{"id": function_id, "negatives": [function_id, ...]}`."""
    languages: tuple[str, ...] = ()
    """The only languages to read; all if empty. Prose is always read."""
    length: int = 128
    """Tokens of a sequence, marks included; longer code is cut."""
    text_length: int = 64
    """Tokens of a pair's text at most, marks not counted."""
    packing: Literal["together", "apart"] = "together"
    """Whether the documents of a block attend to each other (RoBERTa, GPT) or not (CodeSage)."""
    unimodal: bool = False
    """For `pairs`: functions without a summary too, as examples of one part."""
    batch: int = 64
    """Examples of the global batch, over all processes and micro-batches."""
    bucket: int = 1
    """How many batches' worth of examples are sorted by length together; 1 for none."""
    body: bool = False
    """For `pairs`: a third part, code without signature and return statements (CodeSage's hard
    positive)."""
    others: int = 0
    """For `pairs`: how many other pairs, drawn by chance, an example has as further parts."""
    split_words: bool = False
    """Whether identifiers are split and each word is tokenized by itself, as static tables read."""
    one_language: bool = False
    """Whether a batch holds one language only."""
    rows: int = 0
    """Read only this many examples, chosen by the seed; 0 for all."""

    def __post_init__(self) -> None:
        check_range("length", self.length, 8)
        check_range("text_length", self.text_length, 1)
        check_range("batch", self.batch, 1)
        check_range("bucket", self.bucket, 1)
        check_range("rows", self.rows)
        check_range("others", self.others)
        if self.others and (self.body or self.negatives or self.unimodal):
            raise InputError("others goes with neither body nor negatives nor unimodal")
        if not self.tables:
            raise InputError("tables is empty; accepted: files, prose or both")
        if self.view == "labelled" and not self.file:
            raise InputError("view 'labelled' needs key 'file': JSON lines")


@dataclass(frozen=True, kw_only=True)
class OptimizerRecipe:
    """AdamW (1711.05101) and its learning rate over time."""

    lr: float = 5e-4
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.01
    """Of matrices; vectors (biases, norms) are not decayed."""
    steps: int = 0
    """Updates; 0 if `epochs` says it."""
    epochs: float = 0.0
    warmup: float = 0.0
    """Steps with a rising rate; below 1 it is a share of all steps."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """What follows the warm-up: down to `floor` in a line or half a cosine, or as it is."""
    floor: float = 0.0
    """Share of `lr` at the end."""
    clip: float = 1.0
    """Largest norm of the gradient; 0 for no clipping."""

    def __post_init__(self) -> None:
        check_range("lr", self.lr, 0, above=True)
        check_range("eps", self.eps, 0, above=True)
        for beta in self.betas:
            check_range("betas", beta, 0, 1 - 1e-9)
        check_range("weight_decay", self.weight_decay)
        check_range("warmup", self.warmup)
        check_range("floor", self.floor, 0, 1)
        check_range("clip", self.clip)
        check_range("steps", self.steps)
        check_range("epochs", self.epochs)
        if (self.steps > 0) == (self.epochs > 0):
            raise InputError("accepted: either steps or epochs above 0")


@dataclass(frozen=True, kw_only=True)
class RunRecipe:
    """How the run is made; what is here besides seed, dtype and attention changes no result."""

    seed: int = 0
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of matrix products; weights and their updates are float32. `auto` measures."""
    attention: Literal["auto", "eager", "sdpa", "flex", "flash"] = "auto"
    threads: int = 0
    """Of the processor; 0 measures."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compile: bool = False
    """Whether the layers of a language model are compiled (`torch.compile`); for GPUs."""
    micro_batch: int = 0
    """Examples that a process computes at once; 0 for all of its share of the batch."""
    workers: int = 0
    """Processes that prepare batches ahead; 0 prepares them in the loop."""
    log_every: int = 10
    """Steps between lines of metrics, each of which also checks that the loss is sound."""
    evaluate_every: int = 0
    """Steps between evaluations on the validation split; 0 for one at the end."""
    evaluate_rows: int = 1000
    """Examples of the validation split to evaluate on at most; 0 for none."""
    save_every: int = 500
    """Steps between checkpoints."""
    keep: int = 2
    """Checkpoints that stay."""
    average: int = 0
    """The model is the mean of the last so many checkpoints; 0 takes the last as it is."""
    start_share: float = 0.0
    """Share of the starting weights in the final model (interpolation)."""
    divergence: float = 2.0
    """Stop when the loss, smoothed over some 10 lines of metrics, is more than this times what it
    was in the first one (and that at least 1)."""

    def __post_init__(self) -> None:
        for name in ("seed", "threads", "micro_batch", "workers", "evaluate_every"):
            check_range(name, getattr(self, name))
        for name in ("log_every", "save_every", "keep"):
            check_range(name, getattr(self, name), 1)
        check_range("evaluate_rows", self.evaluate_rows)
        check_range("average", self.average, 0, self.keep)
        check_range("start_share", self.start_share, 0, 1)
        check_range("divergence", self.divergence, 1, above=True)


OPERATIONAL = frozenset(
    "threads device compile micro_batch workers log_every evaluate_every evaluate_rows "
    "save_every keep divergence".split()
)
"""Keys of `run` that a resumed run may change."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that decides a training run, but for corpus and machine."""

    name: str
    model: Mapping[str, Any]
    """Given to `diglot.models.language_model` as it is, which checks it."""
    objectives: tuple[Mapping[str, Any], ...]
    """Given to `diglot.objectives.registry` as they are, which checks them."""
    optimizer: OptimizerRecipe
    tokenizer: TokenizerRecipe = field(default_factory=TokenizerRecipe)
    data: DataRecipe = field(default_factory=DataRecipe)
    run: RunRecipe = field(default_factory=RunRecipe)

    def __post_init__(self) -> None:
        names = [objective.get("name") for objective in self.objectives]
        if not names:
            raise InputError("there are no objectives; accepted: [[objectives]] tables")
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"objective {name!r} is named more than once")

    def record(self) -> dict[str, Any]:
        """The recipe as plain values, in the shape of the TOML file."""
        record = asdict(self)
        record["tokenizer"]["from"] = record["tokenizer"].pop("source")
        record["objectives"] = list(record["objectives"])
        return record

    def identity(self) -> dict[str, Any]:
        """What a resumed run must have in common with the one it goes on with."""
        record = self.record()
        record["run"] = {k: v for k, v in record["run"].items() if k not in OPERATIONAL}
        return record

    def resolved(self, *, steps: int, **run: Any) -> Recipe:  # noqa: ANN401
        """The recipe with steps and choices of the machine filled in."""
        optimizer = replace(self.optimizer, steps=steps, epochs=0.0)
        return replace(self, optimizer=optimizer, run=replace(self.run, **run))


def load_recipe(name_or_file: str, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe by its name or from a TOML file.

    Args:
        name_or_file: one of `recipe_names()`, or a path that ends in `.toml`.
        changes: `key.key=value` with a value as in TOML, or a bare string; objectives are
            addressed by name or number: `objectives.mlm.probability=0.3`.

    Raises:
        InputError: There is none, or it holds a key or value that is not accepted.
    """
    path, table = read_recipe(name_or_file, recipe_folder())
    for change in changes:
        _change(table, change)
    return recipe_from(table, f"recipe {path}", path.stem)


def recipe_from(table: Mapping[str, Any], where: str, name: str = "recipe") -> Recipe:
    """Make a recipe of a TOML document.

    Raises:
        InputError: It holds a key or value that is not accepted.
    """
    table = {"name": name, **table}
    tokenizer = table.get("tokenizer")
    if isinstance(tokenizer, Mapping) and "from" in tokenizer:
        renamed = {"source" if key == "from" else key: item for key, item in tokenizer.items()}
        table["tokenizer"] = renamed
    return from_table(Recipe, table, where)


def recipe_names() -> list[str]:
    """Names of the training recipes that come with diglot."""
    return names_in(recipe_folder())


def start_of(recipe: Recipe) -> str | None:
    """Name of the recipe whose run, in `runs/NAME`, has the model that this one starts from."""
    source = str(recipe.model.get("from", ""))
    name = PurePosixPath(source).parent.name
    return name if source == f"runs/{name}/model" and name in recipe_names() else None


def _change(table: dict[str, Any], change: str) -> None:
    """Apply one `--set`."""
    key, equals, written = change.partition("=")
    if not equals or not key:
        raise InputError(f"--set {change}: accepted: KEY.KEY=VALUE")
    try:
        value = parse_toml(f"value = {written}")["value"]
    except TOMLDecodeError:
        value = written  # a bare string, as shells make of a quoted one
    except ValueError as error:
        raise InputError(f"--set {change}: {error}") from error
    *parents, last = key.split(".")
    place: Any = table
    for depth, parent in enumerate(parents):
        if isinstance(place, list):
            place = _objective(place, parent, change)
        elif isinstance(place, dict):
            place = place.setdefault(parent, {})
        else:
            raise InputError(f"--set {change}: {'.'.join(parents[:depth])} is no table")
    if not isinstance(place, dict):
        raise InputError(f"--set {change}: {'.'.join(parents)} is no table")
    place[last] = value


def _objective(objectives: list[Any], name: str, change: str) -> Any:  # noqa: ANN401
    for number, objective in enumerate(objectives):
        if name == str(number) or (isinstance(objective, dict) and name == objective.get("name")):
            return objective
    known = ", ".join(str(one.get("name")) for one in objectives if isinstance(one, dict))
    raise InputError(f"--set {change}: no objective {name!r}; accepted: {known} or its number")
