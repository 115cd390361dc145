"""Signatures of texts by which near-duplicates are found: MinHash over token shingles.

A text is the set of its token shingles. Of every permutation of all shingles a signature keeps
the least one in the set, and two sets agree in one with the probability of their Jaccard
similarity. Texts that agree in one band of permutations are candidates.

Sources: Broder 1997 (MinHash); Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4
(banding); Li and Koenig 2010 (b-bit minwise hashing). The library rensa computes the signatures
(Dahlgaard, Knudsen and Thorup 2017, fast similarity sketching).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

_TOKEN = re.compile(r"\w+|[^\w\s]")
_EXACT_BELOW = 10  # tokens; dpu_utils' DuplicateDetector leaves such documents out
_BLOCK_TEXTS = 250
_BLOCK_CHARACTERS = 100_000

_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True)
class Sketching:
    """How texts are compared.

    On functions, 0.7 of token pairs finds nine in ten of the duplicates by CodeSearchNet's rule
    (dpu_utils: 0.8 of the set and 0.7 of the multiset of tokens), and unlike it minds the order.
    With the defaults, two texts of true similarity 0.8 meet in a band with probability 0.998 and
    the estimate (standard error 0.036) then exceeds the threshold of 0.7 with 0.997.

    Attributes:
        shingle: Tokens in a shingle, at most 10.
        bands: Number of bands; texts that agree in one whole band are candidates.
        band_rows: Permutations in a band.
        threshold: Estimated Jaccard similarity from which two texts are near-duplicates.
        seed: Chooses the permutations.
    """

    shingle: int = 2
    bands: int = 21
    band_rows: int = 6
    threshold: float = 0.7
    seed: int = 1

    @property
    def permutations(self) -> int:
        """Length of a signature."""
        return self.bands * self.band_rows


DEFAULT = Sketching()


def signatures(texts: Sequence[str], sketching: Sketching = DEFAULT) -> NDArray[np.uint32]:
    r"""MinHash signatures of a block of texts.

    Tokens are ``\w+`` and single other characters, so white space does not count. A text of fewer
    than 10 tokens has one element, all of it: it equals only texts of the same tokens.

    Args:
        texts: The texts.
        sketching: How to compare.

    Returns:
        One row a text, shape (len(texts), permutations).
    """
    out = np.empty((len(texts), sketching.permutations), dtype=np.uint32)
    done = 0
    for block in blocks(texts):
        out[done : done + len(block)] = _block_signatures(block, sketching)
        done += len(block)
    return out


def band_keys(signature: NDArray[np.uint32], sketching: Sketching = DEFAULT) -> NDArray[np.uint64]:
    """Hash every band of every signature to one key.

    Args:
        signature: Shape (n, permutations).
        sketching: How to compare.

    Returns:
        Shape (n, bands); keys are comparable only within one band.
    """
    parts = signature.reshape(len(signature), sketching.bands, sketching.band_rows)
    keys = np.zeros(parts.shape[:2], dtype=np.uint64)
    for column in range(sketching.band_rows):
        keys = _mix(keys * _ODD + parts[:, :, column] + np.uint64(1))
    return keys


def fingerprints(signature: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """The lowest eight bits of every hash: a quarter of the room, nearly the same estimate.

    Args:
        signature: Shape (n, permutations).

    Returns:
        The same shape.
    """
    return signature.astype(np.uint8)


def similarity(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Estimated Jaccard similarity of pairs of texts, row by row.

    Args:
        left: Fingerprints, shape (m, permutations).
        right: Fingerprints of the other texts, same shape.

    Returns:
        Shape (m,). Bytes of unlike texts agree by chance in one case of 256, which is taken off
        (Li and Koenig 2010, theorem 1, for sparse sets), so values may be just below 0.
    """
    chance = 1 / 256
    agreeing: NDArray[np.float64] = np.count_nonzero(left == right, axis=1) / left.shape[1]
    return (agreeing - chance) / (1 - chance)


def blocks(texts: Iterable[str]) -> Iterator[list[str]]:
    """Group texts so that the tokens of a group take up little memory."""
    block: list[str] = []
    characters = 0
    for text in texts:
        block.append(text)
        characters += len(text)
        if len(block) == _BLOCK_TEXTS or characters >= _BLOCK_CHARACTERS:
            yield block
            block, characters = [], 0
    if block:
        yield block


def _block_signatures(texts: list[str], sketching: Sketching) -> NDArray[np.uint32]:
    documents = [_TOKEN.findall(text) for text in texts]
    documents = [one if len(one) >= _EXACT_BELOW else [" ".join(one)] for one in documents]
    hashed = RMinHash.hash_token_sets(documents)
    lengths = np.fromiter(map(len, documents), dtype=np.int64, count=len(documents))
    tokens = np.fromiter(chain.from_iterable(hashed), dtype=np.uint64, count=lengths.sum())
    left_in_document = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(tokens))
    elements = np.zeros(len(tokens) + sketching.shingle, dtype=np.uint64)
    for place in range(sketching.shingle):
        elements[: len(tokens) - place] += _mix(tokens[place:] ^ np.uint64(place + 1))
    whole = np.repeat(lengths == 1, lengths)
    elements[: len(tokens)][whole] = tokens[whole]
    counts = np.where(lengths == 1, 1, lengths - sketching.shingle + 1)
    kept = elements[: len(tokens)][whole | (left_in_document >= sketching.shingle)]
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        _mix(kept), offsets, sketching.permutations, sketching.seed
    )
    return np.array(matrix.to_rows(), dtype=np.uint32)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over all (finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * _MIX[0]
    values = (values ^ (values >> np.uint64(27))) * _MIX[1]
    return values ^ (values >> np.uint64(31))
