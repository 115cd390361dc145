"""The four sequence encoders of CodeSearchNet (Husain et al. 2019, 1909.09436, section 4).

Sizes are the defaults of the paper's code (github.com/github/CodeSearchNet, src/encoders), which
differ from what is usual today: the biRNN is an LSTM of two layers, 64 states in each direction,
whose two directions meet only at the end. One thing differs from that code: padding is kept out of
convolutions, so that a batch's padding changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

import torch
from torch import nn
from torch.nn import functional
from transformers import BertConfig, BertModel

Kind = Literal["nbow", "cnn", "birnn", "selfatt"]

DIMENSION = 128
_KERNEL = 16
_EPSILON = 1e-8


class SequenceEncoder(nn.Module):
    """Tokens to one vector: subclasses make states, and their mean is weighted by a sigmoid."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Linear(DIMENSION, 1, bias=False)
        nn.init.xavier_uniform_(self.weight.weight)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Make vectors: (B, L) and (B,) -> (B, 128)."""
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]
        states = self.states(ids, inside)
        weights = torch.sigmoid(self.weight(states)) * inside[..., None]
        return (states * weights).sum(1) / (weights.sum(1) + _EPSILON)

    def states(self, ids: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """Return what is pooled: (B, L) -> (B, L, 128); `inside` (B, L) is False for padding."""
        raise NotImplementedError


class NeuralBagOfWords(SequenceEncoder):
    """Embeddings alone; cells of the table are dropped, the same ones wherever a token occurs."""

    def __init__(self, vocabulary: int, length: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.table = nn.Parameter(torch.empty(vocabulary, DIMENSION))
        nn.init.xavier_uniform_(self.table)

    def states(self, ids: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """Look tokens up."""
        return functional.embedding(
            ids, functional.dropout(self.table, self.dropout, self.training)
        )


class Convolutional(NeuralBagOfWords):
    """Learned positions, then three convolutions over 16 tokens with tanh; the last two add on."""

    def __init__(self, vocabulary: int, length: int, dropout: float) -> None:
        super().__init__(vocabulary, length, dropout)
        self.positions = nn.Parameter(torch.empty(length, DIMENSION))
        nn.init.trunc_normal_(self.positions, std=0.02, a=-0.04, b=0.04)
        layers = [nn.Conv1d(DIMENSION, DIMENSION, _KERNEL) for _ in range(3)]
        for layer in layers:
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(cast(torch.Tensor, layer.bias))
        self.layers = nn.ModuleList(layers)

    def states(self, ids: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """Convolve; an even kernel reaches 7 tokens back and 8 ahead, as in TensorFlow."""
        embedded = super().states(ids, inside) + self.positions[: ids.shape[1]]
        states = embedded.transpose(1, 2)
        for number, layer in enumerate(self.layers):
            padded = functional.pad(states * inside[:, None], (_KERNEL // 2 - 1, _KERNEL // 2))
            convolved = layer(padded)
            states = torch.tanh(convolved + states if number else convolved)
            states = functional.dropout(states, self.dropout, self.training)
        return states.transpose(1, 2)


class Recurrent(NeuralBagOfWords):
    """Two LSTM layers forwards and two backwards, 64 states each; outputs are dropped at 0.2.

    The directions are stacks of their own, joined at the end, as in TensorFlow; PyTorch's own
    bidirectional LSTM joins them after each layer.
    """

    def __init__(self, vocabulary: int, length: int, dropout: float) -> None:
        super().__init__(vocabulary, length, dropout)
        self.output_dropout = 2 * dropout  # the paper's code: 0.1 and 0.2
        half = DIMENSION // 2
        self.forwards, self.backwards = (
            nn.LSTM(DIMENSION, half, 2, batch_first=True, dropout=self.output_dropout)
            for _ in range(2)
        )
        for stack in (self.forwards, self.backwards):
            for name, parameter in stack.named_parameters():
                if name.startswith("weight"):
                    nn.init.xavier_uniform_(parameter)
                else:
                    nn.init.zeros_(parameter)
                if name.startswith("bias_ih"):  # forget gates begin open, as in TensorFlow
                    nn.init.ones_(parameter[half : 2 * half])

    def states(self, ids: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """Read forwards, and each sequence from its own end backwards."""
        embedded = super().states(ids, inside)
        columns = torch.arange(ids.shape[1], device=ids.device)
        last = inside.sum(1, keepdim=True) - 1
        mirrored = torch.where(inside, last - columns, columns)[..., None]
        ahead, _ = self.forwards(embedded)
        back, _ = self.backwards(embedded.gather(1, mirrored.expand_as(embedded)))
        states = torch.cat([ahead, back.gather(1, mirrored.expand_as(back))], dim=-1)
        return functional.dropout(states, self.output_dropout, self.training)


class SelfAttention(SequenceEncoder):
    """BERT's encoder: three layers of 8 heads, feed-forward 512."""

    def __init__(self, vocabulary: int, length: int, dropout: float) -> None:
        super().__init__()
        config = BertConfig(
            vocab_size=vocabulary,
            hidden_size=DIMENSION,
            num_hidden_layers=3,
            num_attention_heads=8,
            intermediate_size=512,
            max_position_embeddings=length,
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=dropout,
        )
        self.bert = BertModel(config, add_pooling_layer=False)

    def states(self, ids: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """Run the transformer."""
        output = self.bert(input_ids=ids, attention_mask=inside.long())
        return cast(torch.Tensor, output.last_hidden_state)


ENCODERS: dict[Kind, Callable[[int, int, float], SequenceEncoder]] = {
    "nbow": NeuralBagOfWords,
    "cnn": Convolutional,
    "birnn": Recurrent,
    "selfatt": SelfAttention,
}
"""Each is made of vocabulary, longest sequence and dropout."""
