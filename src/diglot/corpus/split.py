"""Which split a repository belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from diglot.corpus.schema import Split
from diglot.errors import InputError

VALIDATION_SHARE = 0.1
TEST_SHARE = 0.1


def split_of(
    repository: str,
    validation: Collection[str] = (),
    test: Collection[str] = (),
    seed: int = 0,
) -> Split:
    """The split of a repository: 80/10/10 by a hash of its name, or as a recipe says.

    It depends on nothing but its arguments, so a repository stays in its split when others are
    added, and all that is in one repository is in one split (CodeSearchNet, 1909.09436, 2.1).

    Args:
        repository: Its name as in the corpus, `pypi:attrs`.
        validation: Names of repositories that are for validation, whatever their hash.
        test: Names of repositories that are for testing.
        seed: Chooses another division.

    Returns:
        The split.

    Raises:
        InputError: The repository is in both lists.
    """
    if repository in validation and repository in test:
        raise InputError(
            f"split: {repository!r} is listed for both validation and test; list it for one"
        )
    if repository in test:
        return "test"
    if repository in validation:
        return "validation"
    digest = hashlib.blake2b(f"{seed}\0{repository}".encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "little") / 2**64
    if place < TEST_SHARE:
        return "test"
    return "validation" if place < TEST_SHARE + VALIDATION_SHARE else "train"
