"""Near-duplicate removal: of every group of texts that are nearly the same, one survives.

A group is a connected component of pairs whose estimated Jaccard similarity (minhash.py) reaches a
threshold. The stages are pure functions over arrays, so an engine may spread them: `signatures`
over blocks of texts, `verified_edges` over the texts that share a band key.
`duplicate_components` runs them in sequence through files; it holds under 250 bytes a text in
memory. Why code needs it: Allamanis 2019, The adverse effects of code duplication.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diglot.corpus.minhash import DEFAULT, band_keys, blocks, fingerprints, signatures, similarity
from diglot.corpus.minhash import Sketching as Sketching

_BLOCK_PAIRS = 1 << 13
_WINDOW = 8
_PRINTS = "prints.u8"


def candidate_pairs(
    keys: NDArray[np.uint64],
) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.uint32]]]:
    """Pairs of texts that share a key of one band.

    All pairs of groups of up to nine texts; in a larger group each text is paired with the eight
    before it and with the first, so that the number of pairs stays linear.

    Args:
        keys: One key a text, shape (n,).

    Yields:
        Blocks of pairs as two arrays of positions in `keys`; the left is the lower.
    """
    order = np.argsort(keys, kind="stable").astype(np.uint32)
    new = np.ones(len(keys) + 1, dtype=bool)
    for at in range(1, len(keys), _BLOCK_PAIRS):  # in blocks: a sorted copy of the keys is costly
        some = keys[order[at - 1 : at + _BLOCK_PAIRS]]
        new[at : at + len(some) - 1] = some[1:] != some[:-1]
    shared = ~(new[:-1] & new[1:])
    order, new = order[shared], new[:-1][shared]
    first = np.arange(len(order), dtype=np.uint32)
    first[~new] = 0
    np.maximum.accumulate(first, out=first)
    for at in range(0, len(order), _BLOCK_PAIRS):
        place = np.arange(at, min(at + _BLOCK_PAIRS, len(order)), dtype=np.int64)
        start = first[place]
        for distance in range(1, _WINDOW + 1):
            inside = place - distance >= start
            if not inside.any():
                break
            yield order[place[inside] - distance], order[place[inside]]
        far = place - _WINDOW > start
        if far.any():
            yield order[start[far]], order[place[far]]


def verified_edges(
    keys: NDArray[np.uint64], prints: NDArray[np.uint8], sketching: Sketching = DEFAULT
) -> NDArray[np.uint32]:
    """Near-duplicates among texts some of which share a key of one band.

    Args:
        keys: One key a text, shape (n,), in the order of the whole input.
        prints: Fingerprints of the same texts, shape (n, permutations).
        sketching: How to compare.

    Returns:
        Pairs of positions, shape (edges, 2).
    """
    found = [np.empty((0, 2), dtype=np.uint32)]
    for left, right in candidate_pairs(keys):
        alike = similarity(prints[left], prints[right]) >= sketching.threshold
        found.append(np.stack([left[alike], right[alike]], axis=1))
    return np.concatenate(found)


class Components:
    """Connected components of a growing graph: union-find on one array.

    Args:
        rows: Number of vertices, below 2**32.
    """

    def __init__(self, rows: int) -> None:
        self._parent = np.arange(rows, dtype=np.uint32)

    def find(self, rows: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The lowest vertex of the component of each of `rows`."""
        roots = self._parent[rows]
        while True:
            above = self._parent[roots]
            if np.array_equal(above, roots):
                break
            roots = above
        self._parent[rows] = roots
        return roots

    def link(self, left: NDArray[np.uint32], right: NDArray[np.uint32]) -> None:
        """Add the edges between `left` and `right`, pair by pair."""
        while len(left):
            one, other = self.find(left), self.find(right)
            apart = one != other
            left, right, one, other = left[apart], right[apart], one[apart], other[apart]
            np.minimum.at(self._parent, np.maximum(one, other), np.minimum(one, other))

    def labels(self) -> NDArray[np.uint32]:
        """The lowest vertex of each vertex's component, shape (rows,)."""
        for at in range(0, len(self._parent), _BLOCK_PAIRS):
            self.find(np.arange(at, min(at + _BLOCK_PAIRS, len(self._parent)), dtype=np.uint32))
        return self._parent.copy()


def write_sketches(texts: Iterable[str], folder: Path, sketching: Sketching = DEFAULT) -> int:
    """Write what is compared of every text: fingerprints and, per band, keys.

    Args:
        texts: The texts, read once.
        folder: Folder to make; it appears when complete, and replaces one of that name.
        sketching: How to compare.

    Returns:
        Number of texts.

    Raises:
        OSError: The disk is full or the folder cannot be written; nothing is left behind.
    """
    rows = 0
    with _whole_folder(folder) as partial, ExitStack() as stack:
        prints = stack.enter_context((partial / _PRINTS).open("wb"))
        bands = [
            stack.enter_context((partial / _band_name(band)).open("wb"))
            for band in range(sketching.bands)
        ]
        for block in blocks(texts):
            signature = signatures(block, sketching)
            prints.write(fingerprints(signature).tobytes())
            for file, keys in zip(bands, band_keys(signature, sketching).T, strict=True):
                file.write(keys.astype("<u8").tobytes())
            rows += len(block)
    return rows


def join_sketches(parts: Sequence[Path], folder: Path, sketching: Sketching = DEFAULT) -> int:
    """Put what `write_sketches` wrote of several lists of texts one after the other.

    Args:
        parts: Folders written by `write_sketches` with the same `sketching`.
        folder: Folder to make, as by `write_sketches`.
        sketching: How to compare.

    Returns:
        Number of texts.

    Raises:
        OSError: The disk is full or the folder cannot be written; nothing is left behind.
    """
    with _whole_folder(folder) as partial:
        for name in [_PRINTS, *map(_band_name, range(sketching.bands))]:
            with (partial / name).open("wb") as joined:
                for part in parts:
                    with (part / name).open("rb") as file:
                        shutil.copyfileobj(file, joined)
    return (folder / _PRINTS).stat().st_size // sketching.permutations


def read_keys(folder: Path, band: int) -> NDArray[np.uint64]:
    """Keys of one band from what `write_sketches` wrote, one a text."""
    return np.fromfile(folder / _band_name(band), dtype="<u8").astype(np.uint64, copy=False)


def read_prints(folder: Path, rows: int, sketching: Sketching = DEFAULT) -> NDArray[np.uint8]:
    """Fingerprints from what `write_sketches` wrote, mapped: shape (rows, permutations)."""
    shape = (rows, sketching.permutations)
    if rows == 0:  # an empty file cannot be mapped
        return np.empty(shape, dtype=np.uint8)
    return np.memmap(folder / _PRINTS, dtype=np.uint8, mode="r", shape=shape)


def read_components(folder: Path, rows: int, sketching: Sketching = DEFAULT) -> NDArray[np.uint32]:
    """Connected components of near-duplicates, from what `write_sketches` wrote.

    Args:
        folder: Folder written by `write_sketches` with the same `sketching`.
        rows: Number of texts in it.
        sketching: How to compare.

    Returns:
        For each text the first text of its component, shape (rows,).
    """
    components = Components(rows)
    prints = read_prints(folder, rows, sketching)
    for band in range(sketching.bands):
        keys = read_keys(folder, band)
        for left, right in candidate_pairs(keys):
            apart = components.find(left) != components.find(right)
            left, right = left[apart], right[apart]
            alike = similarity(prints[left], prints[right]) >= sketching.threshold
            components.link(left[alike], right[alike])
    return components.labels()


def duplicate_components(
    texts: Iterable[str], scratch: Path, sketching: Sketching = DEFAULT
) -> NDArray[np.uint32]:
    """Connected components of near-duplicates, on one machine.

    Args:
        texts: The texts, read once, never held together.
        scratch: Folder for working files, removed in the end; about 300 bytes a text.
        sketching: How to compare.

    Returns:
        For each text the first text of its component, shape (texts,).

    Raises:
        OSError: The disk is full or `scratch` cannot be written.
    """
    try:
        rows = write_sketches(texts, scratch, sketching)
        return read_components(scratch, rows, sketching)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def survivors(labels: NDArray[np.uint32], ranks: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """One text of every component: the lowest rank, among equals the first.

    With ranks that put test before validation before train, no kept training text is in a
    component with a kept test or validation text.

    Args:
        labels: Component of each text, as `duplicate_components` gives it, shape (n,).
        ranks: Rank of each text, shape (n,).

    Returns:
        Which texts stay, shape (n,).
    """
    places = (ranks.astype(np.uint64) << np.uint64(32)) + np.arange(len(ranks), dtype=np.uint64)
    best = np.full(len(ranks), np.iinfo(np.uint64).max)
    np.minimum.at(best, labels, places)
    stays: NDArray[np.bool_] = best[labels] == places
    return stays


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill that takes its place only when all went well."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _band_name(band: int) -> str:
    return f"band-{band:02}.u64"
