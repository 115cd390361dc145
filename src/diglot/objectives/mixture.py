"""Several objectives of which each example goes to one, by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from diglot.errors import InputError
from diglot.objectives.base import Arrays, Batch, Example, Objective
from diglot.objectives.mlm import Mlm, masked_batch, masked_losses
from diglot.objectives.sequences import hidden_states

if TYPE_CHECKING:
    from diglot.models.language_model import LanguageModel


class Mixture:
    """An objective that gives each example to one of several, drawn by the example's generator.

    Args:
        objectives: at least two, with terms of their own each.
        probabilities: of each; they add up to 1.

    Raises:
        InputError: Probabilities do not add up to 1, or the objectives do not go together.
    """

    def __init__(self, objectives: Sequence[Objective], probabilities: Sequence[float]) -> None:
        names = [objective.name for objective in objectives]
        self.name = "-or-".join(names)
        total = sum(probabilities)
        if min(probabilities) < 0 or abs(total - 1) > 1e-6:
            raise InputError(
                f"objectives {', '.join(names)}: probability = "
                f"{', '.join(f'{share:g}' for share in probabilities)}: "
                "accepted are shares that add up to 1"
            )
        self.terms = tuple(term for objective in objectives for term in objective.terms)
        if len(set(self.terms)) < len(self.terms):
            raise InputError(f"objectives {', '.join(names)}: they have a term in common")
        if len({objective.copies for objective in objectives}) > 1:
            raise InputError(f"objectives {', '.join(names)}: accepted is the same `copies` in all")
        self.copies = objectives[0].copies
        self._objectives = tuple(objectives)
        self._bounds = np.cumsum(probabilities)[:-1]

    def heads(self, model: LanguageModel) -> nn.Module | None:
        """Heads of the objectives that have some, by their names."""
        heads = {one.name: one.heads(model) for one in self._objectives}
        found = {name: head for name, head in heads.items() if head is not None}
        return nn.ModuleDict(found) if found else None

    def prepare(self, example: Example, rng: np.random.Generator) -> Arrays:
        """Draw an objective and let it prepare the example."""
        choice = int(np.searchsorted(self._bounds, rng.random(), side="right"))
        arrays = self._objectives[choice].prepare(example, rng)
        return {**arrays, "choice": np.array([choice])}

    def collate(self, prepared: Sequence[Arrays]) -> Batch:
        """Make a batch of each objective's examples; their tensors go by `name/tensor`."""
        tensors: dict[str, torch.Tensor] = {}
        counts = dict.fromkeys(self.terms, 0)
        logged: dict[str, int] = {}
        tokens = 0
        for number, objective in enumerate(self._objectives):
            rows = [row for row in prepared if row["choice"][0] == number]
            if not rows:
                continue
            batch = objective.collate(rows)
            tensors |= {f"{objective.name}/{key}": value for key, value in batch.tensors.items()}
            counts |= batch.counts
            logged |= batch.logged
            tokens += batch.tokens
        return Batch(tensors, counts, tokens, logged)

    def sums(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Sums of all objectives; 0 for those without an example in this batch."""
        device = next(iter(tensors.values())).device
        sums = {term: torch.zeros((), device=device) for term in self.terms}
        for objective in self._objectives:
            prefix = f"{objective.name}/"
            own = {
                key.removeprefix(prefix): value
                for key, value in tensors.items()
                if key.startswith(prefix)
            }
            if own:
                head = None
                if isinstance(heads, nn.ModuleDict) and objective.name in heads:
                    head = heads[objective.name]
                sums |= objective.sums(model, head, own)
        return sums


class MaskedMixture(Mixture):
    """A mixture of objectives that all predict masked tokens, such as MLM and deobfuscation.

    The model reads all examples as one batch, whose shape does not depend on chance.
    """

    def __init__(self, objectives: Sequence[Mlm], probabilities: Sequence[float]) -> None:
        super().__init__(objectives, probabilities)
        self._pad = objectives[0].pad

    def collate(self, prepared: Sequence[Arrays]) -> Batch:
        """Pad sequences; list masked positions of all of them and whose they are."""
        batch = masked_batch(prepared, self._pad, self.name)
        sizes = [len(row["positions"]) for row in prepared]
        choices = np.repeat([int(row["choice"][0]) for row in prepared], sizes)
        batch.tensors["choices"] = torch.from_numpy(choices)
        found = np.bincount(choices, minlength=len(self.terms))
        counts = dict(zip(self.terms, found.tolist(), strict=True))
        return Batch(batch.tensors, counts, batch.tokens, batch.logged)

    def sums(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Sum of the cross-entropy over masked tokens, by objective."""
        states = hidden_states(model, tensors, tensors["positions"])
        losses = masked_losses(model, states, tensors["targets"])
        sums = losses.new_zeros(len(self.terms)).index_add(0, tensors["choices"], losses)
        return dict(zip(self.terms, sums, strict=True))


def mix(objectives: Sequence[Objective], probabilities: Sequence[float]) -> Mixture:
    """Make the mixture that fits the objectives.

    Raises:
        InputError: Probabilities do not add up to 1, or the objectives do not go together.
    """
    masked = [objective for objective in objectives if isinstance(objective, Mlm)]
    if len(masked) == len(objectives):
        return MaskedMixture(masked, probabilities)
    return Mixture(objectives, probabilities)
