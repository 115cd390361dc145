"""Identifier deobfuscation for encoders (DOBF, 2102.07492; CodeSage, 2402.01935, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from diglot.objectives.base import Arrays, Example
from diglot.objectives.masking import Masking, choose, choose_tokens, mask_tokens
from diglot.objectives.mlm import Mlm
from diglot.objectives.sequences import join, within_documents
from diglot.objectives.settings import Context, number


@dataclass(frozen=True)
class DeobfuscationSettings(Masking):
    """Settings of deobfuscation; those of CodeSage unless set.

    `rate` and `whole_words` are for sequences without identifiers.
    """

    name: ClassVar[str] = "deobfuscation"

    mask: float = number(1.0, 0.0, 1.0)
    """Share of the chosen tokens that become `<mask>`: all, CodeSage's full mask."""
    random: float = number(0.0, 0.0, 1.0)
    """Share of the chosen tokens that become another token; those left stay as they are."""
    share: float = number(1.0, 0.0, 1.0)
    """Share of the names hidden. CodeSage replaces all of them; DOBF draws a share."""

    def build(self, context: Context) -> Deobfuscation:
        """Make the objective.

        Raises:
            InputError: The tokenizer has no mask.
        """
        return Deobfuscation(self, context.tokenizer)


class Deobfuscation(Mlm):
    """Predicts the names that code declares from the code around them.

    A name is a binding: it is hidden wherever it occurs in its document, or nowhere, so that it
    cannot be copied from another place. Each of its tokens becomes a mask of its own and is
    predicted there, so the model reads how many tokens a name has, but not which places share one.
    Tokens of docstrings and comments belong to no binding and are never hidden.

    A sequence without names (prose, a language without scope rules) is masked at random instead;
    `Batch.logged["random_instead"]` counts them.
    """

    _settings: DeobfuscationSettings

    def prepare(self, example: Example, rng: np.random.Generator) -> Arrays:
        """Join the parts and hide names, or random tokens where there are none."""
        settings = self._settings
        tokens = join(example.parts, self._tokenizer)
        named = np.flatnonzero(tokens.maskable & (tokens.bindings >= 0))
        if len(named):
            names = within_documents(tokens.bindings, tokens.documents)[named]
            positions = named[choose(names, settings.share, rng)]
        else:
            positions = choose_tokens(tokens, settings, rng)
        arrays = mask_tokens(
            tokens, positions, self._tokenizer, rng, mask=settings.mask, random=settings.random
        )
        return {**arrays, "random_instead": np.array(not len(named))}
