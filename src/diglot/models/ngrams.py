"""N-gram models with bidirectional contexts: the generators of replaced-token detection.

CodeBERT (2002.08155, section 3.3) fits "two efficient n-gram language models (Jurafsky 2000) with
bidirectional contexts", one for text and one for code, and says no more. The order, the smoothing
and how both sides meet are ours, the first two as settings:

- A token is predicted from the others of an n-gram that it is in, wherever it stands there. With
  order 3: from the two tokens before it, from the two after it, and from the one on either side.
  The model is the mean of these.
- A context backs off to those that lack its outermost token on one side or the other, the mean of
  both, then to no context, then to the uniform distribution, by interpolated absolute discounting
  (Ney, Essen and Kneser 1994): a context of N tokens, T of them distinct, gives each of these
  (count - discount) / N, and what it backs off to discount * T / N.
- Where a neighbour is masked itself, contexts end before it. Beyond the ends of a document, and in
  the place of marks, stands one boundary token, which counts as a context and is never predicted.

The probabilities are those of a mixture, so to draw from them is to walk: one random number by
position and context says what is drawn or that the walk goes on with a shorter one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diglot.errors import InputError, ModelError
from diglot.models.ngram_counts import Table, add_counts, count_ngrams
from diglot.models.tensors import read_tensors

ORDER = 3
DISCOUNT = 0.75
FILE = "generators.safetensors"

Node = tuple[int, int]
"""How many tokens before, and after, a context is made of."""


@dataclass(frozen=True, eq=False)
class NgramGenerator:
    """An n-gram model of one modality."""

    order: int
    """Tokens of an n-gram, the one predicted included."""
    discount: float
    """What every count gives up for shorter contexts, above 0 and below 1."""
    size: int
    """Of the vocabulary, marks included."""
    ordinary: NDArray[np.int32]
    """Ids that may be predicted: all but marks."""
    keys: NDArray[np.int64]
    """N-grams that were seen, ascending: a number with a token as each digit, to base size + 1."""
    counts: NDArray[np.int64]
    """How often, shape of `keys`."""

    @classmethod
    def fit(
        cls,
        documents: Iterable[NDArray[np.integer]],
        ordinary: NDArray[np.int32],
        size: int,
        *,
        order: int = ORDER,
        discount: float = DISCOUNT,
        limit: int | None = None,
    ) -> NgramGenerator:
        """Count the n-grams of documents.

        Args:
            documents: ids of each, shape (n,); what is not ordinary is a boundary.
            ordinary: ids that may be predicted, ascending.
            size: of the vocabulary.
            order: tokens of an n-gram.
            discount: see the class.
            limit: stop after the document with which so many tokens are read.

        Raises:
            InputError: An n-gram of this vocabulary is too large a number, or the discount is out
                of range.
        """
        if not 0 < discount < 1:
            raise InputError(f"discount = {discount}: accepted is a number between 0 and 1")
        most = 1
        while (size + 1) ** (most + 1) < 2**63:
            most += 1
        if not 1 <= order <= most:
            raise InputError(
                f"order = {order}: accepted is 1 to {most} with a vocabulary of {size} tokens"
            )
        known = _known(ordinary, size)
        read = (known[document] for document in _up_to(limit, documents))
        keys, counts = count_ngrams(read, order, size + 1)
        return cls(order, discount, size, ordinary, keys, counts)

    def sample(
        self,
        ids: NDArray[np.integer],
        positions: NDArray[np.integer],
        rng: np.random.Generator,
    ) -> NDArray[np.int32]:
        """Draw a token for each position, each on its own.

        Args:
            ids: shape (n,): a sequence; -1 for tokens that are not known, as masked ones are.
            positions: shape (m,): where to draw; what `ids` has there does not matter.
            rng: source of all randomness.

        Returns:
            Shape (m,).
        """
        walk = _Walk(self, ids, positions)
        drawn = np.full(len(positions), -1, np.int32)
        at = walk.tops.cumsum(0)
        place = (rng.random(len(positions)) * at[-1] >= at).sum(0)  # number of a node
        for number, node in enumerate(walk.nodes):
            here = np.flatnonzero((place == number) & (drawn < 0))
            if not len(here):
                continue
            table = self.tables[node]
            row, found = table.find(walk.context(node)[here])
            token, kept = table.draw(row, found, self.discount, rng)
            drawn[here[kept]] = token[kept]
            left = here[~kept]
            shorter = walk.shorter(node)
            if shorter:
                place[left] = np.array(shorter)[rng.integers(0, len(shorter), len(left))]
            else:
                drawn[left] = rng.choice(self.ordinary, len(left))
        return drawn

    def probabilities(
        self, ids: NDArray[np.integer], positions: NDArray[np.integer]
    ) -> NDArray[np.float64]:
        """Return what `sample` draws from; shape (m, size), rows add up to 1."""
        walk = _Walk(self, ids, positions)
        mass = walk.tops / walk.tops.sum(0)
        result = np.zeros((len(positions), self.size))
        for number, node in enumerate(walk.nodes):
            table = self.tables[node]
            row, found = table.find(walk.context(node))
            left = table.spread(row, found, self.discount, mass[number], result)
            shorter = walk.shorter(node)
            for other in shorter:
                mass[other] += left / len(shorter)
            if not shorter:
                result[:, self.ordinary] += left[:, None] / len(self.ordinary)
        return result

    @cached_property
    def known(self) -> NDArray[np.int64]:
        """What an id is as part of a context: itself, a boundary, or unknown."""
        return _known(self.ordinary, self.size)

    @cached_property
    def tables(self) -> dict[Node, Table]:
        """Counts by context, of each kind of context; made when first asked for."""
        return {node: self._table(*node) for node in _nodes(self.order)}

    def _table(self, before: int, after: int) -> Table:
        """Sort the n-grams, or what they end in, by context."""
        base = self.size + 1
        grams, counts = self.keys, self.counts
        if before + after + 1 < self.order:
            # Every shorter n-gram ends just one n-gram wherever it occurs: documents begin after
            # boundaries.
            grams, counts = add_counts([(grams % base ** (before + after + 1), counts)])
        token = grams // base**after % base
        context = grams // base ** (after + 1) * base**after + grams % base**after
        wanted = np.flatnonzero(token < self.size)
        order = wanted[np.argsort(context[wanted] * base + token[wanted], kind="stable")]
        context, first = np.unique(context[order], return_index=True)
        return Table(
            context,
            np.append(first, len(order)),
            token[order].astype(np.int32),
            np.concatenate([[0], np.cumsum(counts[order])]),
        )


class _Walk:
    """What is known around the positions of a sequence, and which contexts that makes."""

    def __init__(
        self,
        model: NgramGenerator,
        ids: NDArray[np.integer],
        positions: NDArray[np.integer],
    ) -> None:
        reach = model.order - 1
        boundary = model.size
        edge = np.full(reach, boundary, np.int64)
        padded = np.concatenate([edge, model.known[ids], edge])
        offsets = np.arange(1, reach + 1)
        middle = np.asarray(positions)[:, None] + reach
        self._before = padded[middle - offsets]  # nearest first
        self._after = padded[middle + offsets]
        self._base = boundary + 1
        self.nodes = _nodes(model.order)
        self._number = {node: number for number, node in enumerate(self.nodes)}
        most = [
            np.logical_and.accumulate(side >= 0, axis=1).sum(1)
            for side in (self._before, self._after)
        ]
        longest = np.minimum(most[0] + most[1], reach)
        tops = [
            (before + after == longest) & (before <= most[0]) & (after <= most[1])
            for before, after in self.nodes
        ]
        self.tops: NDArray[np.float64] = np.array(tops, np.float64)
        """Shape (nodes, m): 1 for the longest contexts of each position, of which it takes one."""

    def context(self, node: Node) -> NDArray[np.int64]:
        """Contexts as numbers; without meaning where a token is not known."""
        before, after = node
        key = np.zeros(len(self._before), np.int64)
        for column in reversed(range(before)):
            key = key * self._base + self._before[:, column]
        for column in range(after):
            key = key * self._base + self._after[:, column]
        return key

    def shorter(self, node: Node) -> list[int]:
        """Numbers of the nodes that a node backs off to."""
        before, after = node
        others = ((before - 1, after), (before, after - 1))
        return [self._number[other] for other in others if other in self._number]


def _nodes(order: int) -> list[Node]:
    """All contexts, longer ones first."""
    return [
        (before, length - before)
        for length in reversed(range(order))
        for before in range(length + 1)
    ]


def _known(ordinary: NDArray[np.int32], size: int) -> NDArray[np.int64]:
    """Shape (size + 2,): ordinary ids are themselves, marks the boundary; -1 is its own, last."""
    known = np.full(size + 2, size, np.int64)
    known[ordinary] = ordinary
    known[-1] = -1
    return known


def _up_to(
    limit: int | None, documents: Iterable[NDArray[np.integer]]
) -> Iterator[NDArray[np.integer]]:
    """Documents until so many tokens are read."""
    total = 0
    for document in documents:
        yield document
        total += len(document)
        if limit is not None and total >= limit:
            return


@dataclass(frozen=True, slots=True)
class Generators:
    """The generators of both modalities."""

    text: NgramGenerator
    code: NgramGenerator

    def save(self, folder: Path | str) -> None:
        """Write them to a file of a folder, at once or not at all."""
        from safetensors.numpy import save_file  # of the train extra

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        tensors: dict[str, NDArray[np.generic]] = {
            "order": np.array([self.text.order], np.int64),
            "discount": np.array([self.text.discount], np.float64),
            "size": np.array([self.text.size], np.int64),
            "ordinary": self.text.ordinary,
        }
        for name in ("text", "code"):
            generator: NgramGenerator = getattr(self, name)
            tensors |= {f"{name}.keys": generator.keys, f"{name}.counts": generator.counts}
        temporary = folder / f".{FILE}.{os.getpid()}"
        save_file(tensors, temporary)
        temporary.replace(folder / FILE)

    @classmethod
    def load(cls, folder: Path | str) -> Generators:
        """Read what `save` wrote.

        Raises:
            ModelError: It is not there, or not whole.
        """
        path = Path(folder) / FILE
        tensors = read_tensors(path)
        try:
            text, code = (
                NgramGenerator(
                    int(tensors["order"][0]),
                    float(tensors["discount"][0]),
                    int(tensors["size"][0]),
                    tensors["ordinary"],
                    tensors[f"{name}.keys"],
                    tensors[f"{name}.counts"],
                )
                for name in ("text", "code")
            )
        except KeyError as error:
            raise ModelError(f"{path}: has no tensor {error}") from error
        return cls(text, code)
