"""Heads on a language model, frozen or trained, at any of its layers.

A head reads hidden states, (B, L, width), of the last layer or of one in between
(`LanguageModel.hidden` with `all_layers`), and is a module of its own: it is trained beside the
model and saved in its folder's `diglot/` subfolder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias, cast, get_args

import torch
from torch import nn
from torch.nn import functional

from diglot.documents import parse_json
from diglot.errors import InputError, ModelError
from diglot.models.language_model import LanguageModel
from diglot.models.pooling import Pooling, pool
from diglot.models.weights import read_weights

_SPREAD = 0.02
"""Standard deviation of fresh weights, BERT's and GPT's."""


class TokenHead(nn.Module):
    """One score for each token, as RTD wants it: is it a replaced one (CodeBERT, 2002.08155)?

    CodeBERT does not say what its discriminator looks like; this is ELECTRA's (Clark et al. 2020,
    2003.10555): dense, GELU, one score.

    Args:
        width: components of a hidden state.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.settings = {"width": width}
        self.dense = _linear(width, width)
        self.score = _linear(width, 1)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Score tokens: (..., width) -> (...), above 0 for yes."""
        scores: torch.Tensor = self.score(functional.gelu(self.dense(hidden)))
        return scores.squeeze(-1)


class SequenceHead(nn.Module):
    """Scores of classes for each sequence, a single text or two joined in one.

    Args:
        width: components of a hidden state.
        classes: how many there are.
        pooling: the vector read: of the first token (BERT, CodeBERT), of the last (GPT-1), or the
            mean.
        hidden_layer: whether a dense layer and tanh come first (BERT's pooler), or the classes are
            read off the vector at once (GPT-1, linear probes).
    """

    def __init__(
        self, width: int, classes: int, pooling: Pooling = "first", hidden_layer: bool = True
    ) -> None:
        super().__init__()
        self.settings = {
            "width": width,
            "classes": classes,
            "pooling": pooling,
            "hidden_layer": hidden_layer,
        }
        self.pooling = pooling
        self.dense = _linear(width, width) if hidden_layer else None
        self.score = _linear(width, classes)

    def forward(self, hidden: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
        """Score classes.

        Args:
            hidden: (B, L, width).
            lengths: (B,) tokens of each row before padding; None if none is padded.

        Returns:
            (B, classes), before softmax.
        """
        return self.scores(pool(hidden, lengths, self.pooling))

    def scores(self, vectors: torch.Tensor) -> torch.Tensor:
        """Score classes for vectors (B, width) that are pooled already, or sums of such (GPT-1)."""
        if self.dense is not None:
            vectors = torch.tanh(self.dense(vectors))
        return cast(torch.Tensor, self.score(vectors))


class PairHead(nn.Module):
    """Scores of classes for two sequences read apart, from their vectors u and v.

    The features are u, v and |u - v| (Reimers and Gurevych 2019, Sentence-BERT, 1908.10084).

    Args:
        width: components of a vector.
        classes: how many there are.
    """

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.settings = {"width": width, "classes": classes}
        self.score = _linear(3 * width, classes)

    def forward(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        """Score classes: two times (B, width) -> (B, classes), before softmax."""
        features = torch.cat([first, second, (first - second).abs()], dim=-1)
        return cast(torch.Tensor, self.score(features))


Head: TypeAlias = TokenHead | SequenceHead | PairHead
_CLASSES: dict[str, type[Head]] = {kind.__name__: kind for kind in get_args(Head)}


def freeze(model: LanguageModel, up_to: int) -> None:
    """Keep the embeddings and the first layers from being trained; train all others.

    Args:
        model: its dropout, if any, stays on in frozen layers too.
        up_to: how many layers are frozen: 0 for the embeddings alone, `model.layers` for all but
            the language-model head's own parameters. A decoder matrix tied to the embeddings is
            frozen with them.

    Raises:
        InputError: The model has fewer layers.
    """
    if not 0 <= up_to <= model.layers:
        raise InputError(f"freeze: {up_to} layers; the model has {model.layers}")
    model.requires_grad_(True)
    if up_to == model.layers:
        model.network.base_model.requires_grad_(False)
        return
    backbone = model.network.base_model
    for name in model.architecture.embeddings:
        backbone.get_submodule(name).requires_grad_(False)
    for block in backbone.get_submodule(model.architecture.blocks)[:up_to]:
        block.requires_grad_(False)


def load_head(folder: Path | str, name: str) -> Head:
    """Load a head that was saved with a model.

    Args:
        folder: the model's.
        name: under which it was saved.

    Raises:
        ModelError: There is none of that name, or it cannot be read.
    """
    path = Path(folder) / "diglot" / name
    try:
        record = parse_json(path.with_suffix(".json").read_bytes())
        head = _CLASSES[record.pop("class")](**record)
        head.load_state_dict(read_weights(path.with_suffix(".safetensors")))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ModelError(f"{path}.json, .safetensors: no readable head ({error})") from error
    return head


def _linear(inputs: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    nn.init.normal_(layer.weight, std=_SPREAD)
    nn.init.zeros_(layer.bias)
    return layer
