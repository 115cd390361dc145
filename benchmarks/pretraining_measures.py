"""What the models of `benchmarks.pretraining` are measured by, on the corpus's test split.

Every measure gives one number per test item, the same items for every model of a comparison, so
that two models are compared item by item.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.pretraining_runs import LANGUAGES, Measure
from diglot.corpus.reader import open_corpus
from diglot.metrics.ranking import reciprocal_ranks, tied_ranks
from diglot.models.architectures import ModelSettings
from diglot.models.heads import load_head
from diglot.models.language_model import build_language_model
from diglot.objectives.contrastive import ContrastiveSettings
from diglot.objectives.rank import RIGHT, WRONG, RankSettings
from diglot.objectives.segmented import Ids, segmented, segmented_arrays
from diglot.objectives.settings import Context
from diglot.objectives.vocabulary import TokenizerInfo
from diglot.tokenizer import load_tokenizer
from diglot.training.reading import Reading
from diglot.training.recipe import DataRecipe
from diglot.training.views import View, open_view, some_rows

Values = NDArray[np.float64]

TEXT_LENGTH, LENGTH = 32, 128
"""Tokens of a text, and of text and code together."""
SEARCH_POOL = 100
"""Pairs of one language: each text is put to the codes of all."""
RANK_QUERIES, RANK_POOL = 20, 20
"""Of each language: texts, and codes for each, its own among them. CodeBERT has 1,000 codes."""
PROBES = 100
"""Of each language, at most: texts, and as many codes, with one word hidden."""
PROBED_PAIRS = 2000
"""Pairs of each language in which such words are looked for."""
GROUPS = (
    ("first", "last"),
    ("true", "false"),
    ("min", "max"),
    ("minimum", "maximum"),
    ("start", "end"),
    ("before", "after"),
    ("get", "set"),
    ("add", "remove"),
    ("read", "write"),
    ("open", "close"),
    ("left", "right"),
    ("top", "bottom"),
    ("up", "down"),
    ("all", "any"),
    ("less", "greater"),
    ("next", "previous"),
    ("input", "output"),
    ("key", "value"),
    ("row", "column"),
    ("width", "height"),
)
"""Words of which one is hidden and must be told from the others."""


class Measuring:
    """Reads the test split as a model's tokenizer does.

    Args:
        model: folder of a run's model.
        corpus: folder of the corpus.
        cache: of its token stores.
    """

    def __init__(self, model: Path, corpus: Path, cache: Path) -> None:
        self._folder = model
        self._tokenizer = load_tokenizer(model)
        self._reading = Reading(open_corpus(corpus), self._tokenizer, cache)
        self._info = TokenizerInfo.of(self._tokenizer)
        self._context = Context(self._info)
        self._model = build_language_model(
            ModelSettings(source=str(model)), self._tokenizer, attention="eager"
        ).eval()

    @torch.no_grad()
    def values(self, measure: Measure) -> dict[str, Values]:
        """One value per test item, by name of the measure."""
        if measure == "search":
            return {"search": self._search()}
        if measure == "rank":
            return {"rank": self._rank()}
        return self._probe()

    def _search(self) -> Values:
        """Reciprocal ranks of a text's own code by cosine."""
        objective = ContrastiveSettings().build(self._context)
        found = []
        for view in self._views(SEARCH_POOL):
            rng = np.random.default_rng(0)
            rows = [objective.prepare(view[row], rng) for row in range(len(view.lengths))]
            vectors = torch.cat(
                [
                    objective.encode(
                        self._model, None, objective.collate(rows[at : at + 50]).tensors
                    )
                    for at in range(0, len(rows), 50)
                ]
            )
            text, code = torch.nn.functional.normalize(vectors, dim=-1).unbind(1)
            ranks = tied_ranks((text @ code.T).numpy(), np.arange(len(rows)))
            found.append(reciprocal_ranks(ranks))
        return np.concatenate(found)

    def _rank(self) -> Values:
        """Reciprocal ranks of a text's own code by the [CLS] classifier."""
        settings = RankSettings(text_length=TEXT_LENGTH, length=LENGTH)
        objective = settings.build(self._context)
        head = load_head(self._folder, "rank").eval()
        found = []
        for view in self._views(RANK_POOL):
            pairs = [view[row].parts for row in range(len(view.lengths))]
            for number, (text, _) in enumerate(pairs[:RANK_QUERIES]):
                sequences = [objective.sequence(text.ids, code.ids) for _, code in pairs]
                labels = {"labels": np.zeros(len(pairs), np.int64)}
                batch = objective.collate([segmented_arrays(sequences) | labels])
                scores = objective.scores(self._model, head, batch.tensors)
                margin = (scores[:, RIGHT] - scores[:, WRONG]).float().numpy()
                found.append(tied_ranks(margin[None], np.array([number])))
        return reciprocal_ranks(np.concatenate(found))

    def _probe(self) -> dict[str, Values]:
        """Whether a hidden word is told from its opposite, in text (NL) and in code (PL)."""
        groups = self._group_ids()
        marks = self._info.cls, self._info.sep, self._info.sep
        found: dict[str, list[float]] = {"probe NL": [], "probe PL": []}
        for view in self._views(PROBED_PAIRS):
            full = {name: len(values) + PROBES for name, values in found.items()}
            for row in range(len(view.lengths)):
                parts = [part.ids for part in view[row].parts]
                for side, name in enumerate(found):
                    if len(found[name]) < full[name]:
                        found[name] += self._told(parts, side, groups, marks)
        return {name: np.array(values) for name, values in found.items()}

    def _told(
        self,
        parts: Sequence[Ids],
        side: int,
        groups: dict[int, tuple[int, ...]],
        marks: tuple[int, int, int],
    ) -> list[float]:
        """Hide the first word of a group in one part, if there is one."""
        places = [place for place, number in enumerate(parts[side].tolist()) if number in groups]
        if not places:
            return []
        right = int(parts[side][places[0]])
        hidden = [part.copy() for part in parts]
        hidden[side][parts[side] == right] = self._info.mask  # elsewhere it would be told
        ids, segments = segmented(marks, (hidden[0], hidden[1]))
        at = 1 + places[0] + (len(parts[0]) + 1 if side else 0)
        states = self._model.hidden(
            torch.from_numpy(ids.astype(np.int64))[None],
            segments=torch.from_numpy(segments.astype(np.int64))[None],
        )
        logits = self._model.logits(states[0, at : at + 1])[0].float()
        best = max(groups[right], key=lambda number: float(logits[number]))
        return [float(best == right)]

    def _group_ids(self) -> dict[int, tuple[int, ...]]:
        """Group of each word of a group, as tokens; groups of several tokens are left out."""
        found: dict[int, tuple[int, ...]] = {}
        for group in GROUPS:
            encoded = [
                self._tokenizer.backend.encode(word, add_special_tokens=False).ids for word in group
            ]
            if all(len(ids) == 1 for ids in encoded):
                numbers = tuple(ids[0] for ids in encoded)
                found |= dict.fromkeys(numbers, numbers)
        return found

    def _views(self, count: int) -> Iterable[View]:
        """Pairs of each language, the first by a seeded shuffle."""
        for language in LANGUAGES:
            data = DataRecipe(
                view="pairs", languages=(language,), length=LENGTH, text_length=TEXT_LENGTH
            )
            view = open_view(data, self._reading, "test", seed=0, causal=False)
            if view is not None:
                yield some_rows(view, count, 0)
