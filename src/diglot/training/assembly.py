"""The parts of a run, made from its recipe, and the folder of the model that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from torch import nn

from diglot.errors import InputError
from diglot.models import resolve_model
from diglot.models.architectures import ARCHITECTURES, ModelSettings, position_limit
from diglot.models.baselines import Baseline, BaselineSettings
from diglot.models.biencoder import save_biencoder
from diglot.models.language_model import LanguageModel, build_language_model
from diglot.models.ngrams import Generators, NgramGenerator
from diglot.models.pretrained import HeadNote, load_config, network_class
from diglot.models.settings import read_table
from diglot.models.static_table import StaticTable, load_static_table, new_static_table
from diglot.objectives.base import CoupledObjective, Objective
from diglot.objectives.classify import Classify
from diglot.objectives.contrastive import Contrastive
from diglot.objectives.rank import Rank
from diglot.objectives.registry import Weighted, objective_settings
from diglot.objectives.rtd import Rtd
from diglot.objectives.vocabulary import TokenizerInfo
from diglot.tokenizer import CodeTokenizer, adapt_tokenizer, load_tokenizer, train_on_corpus
from diglot.training.encoding import Kind
from diglot.training.gradients import Term
from diglot.training.reading import Reading
from diglot.training.recipe import Recipe, start_of

if TYPE_CHECKING:
    from diglot.corpus.reader import Corpus

_BASELINES = ("nbow", "cnn", "birnn", "selfatt")


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticSettings:
    """The `model` table of a recipe for a static table."""

    architecture: str
    source: str = ""
    """A static model to start from, by name or folder; recipes write it `from`."""
    width: int = 256
    """Components of a new table's vectors."""
    precision: Literal["int8", "float16", "float32"] = "int8"
    """How components are stored."""

    def __post_init__(self) -> None:
        if self.width < 1:
            raise InputError(f"model.width: {self.width}, accepted is 1 or more")
        if self.precision not in ("int8", "float16", "float32"):
            raise InputError(f"model.precision: {self.precision!r}: int8, float16 or float32")


ModelTable = ModelSettings | BaselineSettings | StaticSettings


def check_recipe(recipe: Recipe) -> None:
    """Check what the model and the objectives are given, without making them.

    Raises:
        InputError: There is no such model or objective, or it does not accept a setting; or the
            model to start from is that of a run that was not made yet.
        ModelError: The model to start from cannot be read.
    """
    settings = model_settings(recipe.model)
    earlier, source = start_of(recipe), str(recipe.model.get("from"))
    if earlier and not Path(source).exists():
        raise InputError(
            f"model.from is {source}, which is not there: first `diglot train {earlier} -o "
            f"runs/{earlier}`, or give another model with --set model.from=..."
        )
    for number, table in enumerate(recipe.objectives, 1):
        objective_settings(table, number)
    limit: int | None = None
    if isinstance(settings, ModelSettings) and recipe.data.view != "labelled":
        limit = settings.length
        if settings.source:
            limit = position_limit(load_config(settings.source))
    languages = settings.languages if isinstance(settings, BaselineSettings) else ()
    if languages and sorted(languages) != sorted(recipe.data.languages):
        raise InputError(
            f"data.languages is {list(recipe.data.languages)}; the model has an encoder for each "
            f"of {', '.join(languages)} (model.languages): accepted are the same"
        )
    if limit is not None and recipe.data.length > limit:
        raise InputError(f"data.length is {recipe.data.length}; the model reads {limit} tokens")


def model_settings(table: Mapping[str, Any]) -> ModelTable:
    """Read the `model` table of a recipe.

    Raises:
        InputError: A key or value is not accepted.
    """
    if table.get("architecture") in _BASELINES:
        return BaselineSettings.of(table)
    if table.get("architecture") == "static":
        return read_table(StaticSettings, table)
    return ModelSettings.of(table)


def build_model(recipe: Recipe, tokenizer: CodeTokenizer) -> nn.Module:
    """Build or load the model; weights are drawn from torch's global generator.

    Raises:
        InputError: A setting is not acceptable.
        ModelError: The model to start from cannot be used.
    """
    settings = model_settings(recipe.model)
    if isinstance(settings, BaselineSettings):  # batches number languages by their sorted names
        names = tuple(sorted(settings.languages))
        return Baseline(tokenizer.size, replace(settings, languages=names))
    if isinstance(settings, StaticSettings):
        if settings.source:
            return load_static_table(resolve_model(settings.source), tokenizer)
        return new_static_table(tokenizer, settings.width)
    assert recipe.run.attention != "auto"
    return build_language_model(settings, tokenizer, recipe.run.attention)


def build_shallow(recipe: Recipe, tokenizer: CodeTokenizer) -> nn.Module:
    """Build the recipe's model with one layer where it has several: to check and measure with.

    Raises:
        ModelError: The model to start from cannot be read.
    """
    settings = model_settings(recipe.model)
    if not isinstance(settings, ModelSettings):
        return build_model(recipe, tokenizer)
    if not settings.source:
        return build_language_model(replace(settings, layers=1), tokenizer)
    config = load_config(settings.source)
    config.num_hidden_layers = 1
    return LanguageModel(network_class(config).from_config(config))


def is_causal(recipe: Recipe) -> bool:
    """Whether the model is a decoder."""
    settings = model_settings(recipe.model)
    if not isinstance(settings, ModelSettings):
        return False
    source = settings.source
    kind = load_config(source).model_type if source else settings.architecture
    return ARCHITECTURES[kind].is_causal


def make_tokenizer(recipe: Recipe, corpus: Corpus) -> CodeTokenizer:
    """Train or load the tokenizer; one of others gets the marks that it lacks.

    Raises:
        InputError: There is no such tokenizer, or it does not go with the model.
    """
    settings = model_settings(recipe.model)
    start = "" if isinstance(settings, BaselineSettings) else settings.source
    source = recipe.tokenizer.source or ("model" if start else "corpus")
    if source == "corpus":
        if start:
            raise InputError(
                f"tokenizer.from is 'corpus', but the model starts from {start}, whose vocabulary "
                "is another; accepted: 'model'"
            )
        return train_on_corpus(corpus.path, vocabulary_size=recipe.tokenizer.vocabulary_size)
    if source == "model" and not start:
        raise InputError("tokenizer.from is 'model', but the model starts from nothing")
    if isinstance(settings, StaticSettings):  # its rows are its tokenizer's, and no marks are read
        return load_tokenizer(resolve_model(start).path if source == "model" else source)
    loaded = load_tokenizer(start if source == "model" else source)
    return adapt_tokenizer(loaded, whitespace=recipe.tokenizer.whitespace).tokenizer


def terms_of(objectives: Sequence[Weighted]) -> list[Term]:
    """Name the terms of the loss: as the objective does, or by both where two do alike."""
    names = [name for one in objectives for name in one.weights]
    return [
        Term(
            number,
            name,
            name if names.count(name) == 1 else f"{one.objective.name}.{name}",
            weight,
        )
        for number, one in enumerate(objectives)
        for name, weight in one.weights.items()
    ]


def notes_of(
    model: nn.Module, objectives: Sequence[Objective | CoupledObjective]
) -> tuple[str, ...]:
    """What a user should know of how the model was loaded, as far as it matters to objectives."""
    notes: tuple[str, ...] = getattr(model, "notes", ())
    if any(_predicts_tokens(one) for one in objectives):
        return notes
    return tuple(note for note in notes if not isinstance(note, HeadNote))


def _predicts_tokens(objective: Objective | CoupledObjective) -> bool:
    """Whether an objective uses the language-model head."""
    if isinstance(objective, Classify):
        return objective.settings.auxiliary
    return not isinstance(objective, Contrastive | Rank | Rtd)


def generators_of(
    recipe: Recipe, reading: Reading, info: TokenizerInfo, folder: Path
) -> Callable[[int, float, int], Generators]:
    """Make what fits the n-gram generators on the corpus once, and keeps them in a folder.

    Text is that of summaries for pairs, of prose for blocks; code is that of functions, of files.
    """
    packed = recipe.data.view in ("blocks", "sentences")

    def fit(order: int, discount: float, tokens: int) -> Generators:
        if folder.is_dir():
            return Generators.load(folder)
        fitted = []
        kinds: tuple[Kind, Kind] = ("prose", "files") if packed else ("summaries", "functions")
        for kind in kinds:
            store = reading.store(kind, "train", recipe.data.languages)
            rows = zip(store.starts[:-1].tolist(), store.starts[1:].tolist(), strict=True)
            fitted.append(
                NgramGenerator.fit(
                    (store.ids[begin:end] for begin, end in rows),
                    info.ordinary,
                    info.size,
                    order=order,
                    discount=discount,
                    limit=tokens,
                )
            )
        made = Generators(*fitted)
        made.save(folder)
        return made

    return fit


def save_model(
    model: nn.Module,
    objectives: Sequence[Objective | CoupledObjective],
    heads: Mapping[str, nn.Module],
    recipe: Recipe,
    tokenizer: CodeTokenizer,
    folder: Path,
    card: str,
) -> None:
    """Write the model: all or nothing.

    A language model trained to make vectors becomes a folder that `sentence-transformers` loads,
    any other one that `transformers` loads; heads lie in `diglot/` beside.
    """
    if isinstance(model, StaticTable):
        settings = model_settings(recipe.model)
        assert isinstance(settings, StaticSettings)
        model.save(folder, tokenizer, card, settings.precision)
    elif isinstance(model, Baseline):
        model.save(folder, tokenizer, card)
    elif isinstance(model, LanguageModel):
        coupled = [one for one in objectives if isinstance(one, Contrastive)]
        if len(coupled) == len(objectives):
            pooling, length = coupled[-1].settings.pooling, recipe.data.length
            save_biencoder(model, folder, tokenizer, length=length, pooling=pooling, card=card)
        else:
            model.save(folder, tokenizer, card, heads)
