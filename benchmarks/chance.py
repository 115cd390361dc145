"""Losses of models that know nothing of an example, computed from the batches of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from diglot.corpus.reader import open_corpus
from diglot.objectives.base import Batch, CoupledObjective, Objective
from diglot.objectives.contrastive import Contrastive
from diglot.objectives.registry import build_objectives
from diglot.objectives.settings import Context
from diglot.objectives.vocabulary import TokenizerInfo
from diglot.tokenizer import load_tokenizer
from diglot.training.assembly import generators_of, is_causal, terms_of
from diglot.training.feed import Feed
from diglot.training.folder import RunFolder
from diglot.training.plan import Plan
from diglot.training.reading import Reading
from diglot.training.views import open_view

_TARGETS = {"rtd": "replaced", "nsp": "labels", "rank": "labels", "classify": "labels"}
"""What a term predicts, where that is no token: the tensor's name."""


def chance_losses(run: Path, corpus: Path, cache: Path) -> dict[str, float]:
    """Loss of the best constant prediction, by term and in all.

    Where something is predicted (a token, a class), that is the entropy of what the run was to
    predict: the cross-entropy of the best fixed distribution, for tokens the unigram one, fitted on
    these very targets. No model that ignores the input does better. Where vectors are compared, it
    is the loss of the run's own objective if all vectors are alike: log N, less what is excluded.

    Args:
        run: folder of a run that has ended.
        corpus: what it was trained on.
        cache: of its token stores.

    Returns:
        By term as metrics name it, and `loss`, weighted as in the run.
    """
    folder = RunFolder(run)
    recipe = folder.recipe()
    tokenizer = load_tokenizer(folder.tokenizer)
    reading = Reading(open_corpus(corpus), tokenizer, cache, recipe.data.split_words)
    info = TokenizerInfo.of(reading.tokenizer)
    fit = generators_of(recipe, reading, info, folder.generators)
    weighted = build_objectives(recipe.objectives, Context(info, fit))
    data, seed = recipe.data, recipe.run.seed
    view = open_view(data, reading, "train", seed=seed, causal=is_causal(recipe))
    assert view is not None
    groups = view.languages if data.one_language else None
    plan = Plan(view.lengths, data.batch, seed, data.bucket, groups)
    feed = Feed(view, plan, [one.objective for one in weighted], seed, 0)
    windows = [feed[step][0] for step in range(recipe.optimizer.steps)]
    losses = {}
    total = 0.0
    for term in terms_of(weighted):
        objective = weighted[term.objective].objective
        batches = [window[term.objective] for window in windows]
        losses[term.label] = _chance(objective, term.name, batches)
        total += term.weight * losses[term.label]
    return losses | {"loss": total}


def _chance(objective: Objective | CoupledObjective, term: str, batches: Iterable[Batch]) -> float:
    if isinstance(objective, Contrastive):
        return _alike(objective, batches)
    place = objective.terms.index(term)
    found = [_targets(term, place, batch.tensors) for batch in batches]
    return entropy(np.concatenate(found))


def _alike(objective: Contrastive, batches: Iterable[Batch]) -> float:
    """Loss of vectors that are all the same."""
    total, count = 0.0, 0
    for batch in batches:
        identities = batch.tensors["identities"]
        losses = objective.losses(torch.ones(*identities.shape, 1), identities)
        total += float(losses[objective.name])
        count += len(identities)
    return total / count


def _targets(term: str, place: int, tensors: Mapping[str, torch.Tensor]) -> NDArray[np.int64]:
    """Return what a term was to predict; in a mixture, the objective at `place` alone."""
    targets = tensors[_TARGETS.get(term, "targets")].to(torch.int64)
    if "choices" in tensors:
        targets = targets[tensors["choices"] == place]
    found: NDArray[np.int64] = targets.numpy()
    return found


def entropy(values: NDArray[np.int64]) -> float:
    """Entropy of a sample's distribution, in nats."""
    counts = np.unique(values, return_counts=True)[1]
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())
