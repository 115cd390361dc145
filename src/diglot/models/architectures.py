"""Settings of a language model, and the `transformers` configuration that they stand for.

Nothing here needs torch: a recipe is checked before any of that is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diglot.errors import InputError
from diglot.models.settings import read_table

if TYPE_CHECKING:
    from transformers import PretrainedConfig

    from diglot.tokenizer import CodeTokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """The `model` table of a recipe: a model to start from, or the shape of a new one."""

    source: str = ""
    """A folder or a name on the hub; recipes write it `from`. Excludes the shape below."""
    architecture: str = ""
    """roberta, bert, modernbert (encoders), gpt2 or llama (causal decoders)."""
    layers: int = 0
    width: int = 0
    """Components of a hidden state."""
    heads: int = 0
    """Attention heads of a layer; they divide the width."""
    intermediate: int = 0
    """Width inside the feed-forward part; 0 for what is usual: 4 times the width, less in gated
    parts (ModernBERT 1.5 times, Llama 8/3 times, the latter rounded up to a multiple of 64)."""
    length: int = 512
    """Tokens of the longest sequence that a new model can read."""
    initializer_range: float = 0.0
    """Standard deviation of a new model's weights; 0 for what is usual, 0.02, as BERT and GPT have
    it at a width of 768. Where a narrower model does not start to learn, try 1 / sqrt(width)."""
    dropout: float = 0.0
    """Probability, everywhere the architecture has dropout, also in a model that is loaded."""

    def __post_init__(self) -> None:
        shape = ("layers", "width", "heads", "intermediate")
        new = ("architecture", *shape, "initializer_range")
        given = [name for name in new if getattr(self, name)]
        if self.source and given:
            raise InputError(f"model: `from` is given, so {given[0]} cannot be")
        if not 0 <= self.dropout < 1:
            raise InputError(f"model.dropout: {self.dropout}, accepted is 0 to below 1")
        if self.source:
            return
        if self.architecture not in ARCHITECTURES:
            raise InputError(
                f"model.architecture: {self.architecture!r}, accepted are "
                f"{', '.join(ARCHITECTURES)}; or give `from`"
            )
        for name in (*shape[:3], "length"):
            if getattr(self, name) < 1:
                raise InputError(f"model.{name}: {getattr(self, name)}, accepted is 1 or more")
        if not 0 <= self.initializer_range <= 1:
            raise InputError(
                f"model.initializer_range: {self.initializer_range}, accepted is 0 to 1"
            )
        if self.intermediate < 0:
            raise InputError(f"model.intermediate: {self.intermediate}, accepted is 0 or more")
        if self.width % self.heads:
            raise InputError(f"model.heads: {self.heads} heads do not divide width {self.width}")

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> ModelSettings:
        """Take a recipe's table.

        Raises:
            InputError: A key is unknown, a value of the wrong type or out of range.
        """
        return read_table(cls, table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """What diglot has to know of a model type of `transformers`."""

    is_causal: bool
    dropouts: tuple[str, ...]
    """Names of the probabilities in its configuration."""
    embeddings: tuple[str, ...]
    """Parts of the backbone that come before the layers."""
    blocks: str
    """The backbone's list of layers."""
    head: tuple[str, ...]
    """Parts of the language-model head, in the order in which they are applied."""
    after_attention: str = ""
    """Part of a layer that is given what attention returned and what it read, and from which on no
    token sees another; empty if there is none."""
    configure: Callable[[ModelSettings, CodeTokenizer], PretrainedConfig]
    """Makes the configuration of a new model."""


def set_dropout(config: PretrainedConfig, probability: float) -> None:
    """Give all of a configuration's dropouts one probability."""
    for name in ARCHITECTURES[config.model_type].dropouts:
        setattr(config, name, probability)


def position_offset(config: PretrainedConfig) -> int:
    """Row of the position table that a sequence's first token has: RoBERTa counts after padding."""
    return int(config.pad_token_id) + 1 if config.model_type == "roberta" else 0


def position_limit(config: PretrainedConfig) -> int:
    """Tokens of the longest sequence; rotary positions know no limit but that of training."""
    return int(config.max_position_embeddings) - position_offset(config)


def has_position_table(config: PretrainedConfig) -> bool:
    """Whether longer sequences cannot be read at all."""
    return config.model_type not in ("modernbert", "llama")


def _common(settings: ModelSettings, tokenizer: CodeTokenizer, gated: int) -> dict[str, Any]:
    """Return settings of which all architectures have the same names (GPT-2 by aliases)."""
    return {
        "vocab_size": tokenizer.size,
        "hidden_size": settings.width,
        "num_hidden_layers": settings.layers,
        "num_attention_heads": settings.heads,
        "intermediate_size": settings.intermediate or gated,
        "max_position_embeddings": settings.length,
        "initializer_range": settings.initializer_range or 0.02,
        "pad_token_id": tokenizer.mark_id("<pad>"),
        "bos_token_id": tokenizer.mark_id("<s>"),
        "eos_token_id": tokenizer.mark_id("</s>"),
    }


def _roberta(settings: ModelSettings, tokenizer: CodeTokenizer) -> PretrainedConfig:
    from transformers import RobertaConfig

    common = _common(settings, tokenizer, 4 * settings.width)
    common["max_position_embeddings"] += common["pad_token_id"] + 1
    return RobertaConfig(**common, type_vocab_size=1, layer_norm_eps=1e-5)


def _bert(settings: ModelSettings, tokenizer: CodeTokenizer) -> PretrainedConfig:
    from transformers import BertConfig

    return BertConfig(**_common(settings, tokenizer, 4 * settings.width))


def _modernbert(settings: ModelSettings, tokenizer: CodeTokenizer) -> PretrainedConfig:
    from transformers import ModernBertConfig

    common = _common(settings, tokenizer, 3 * settings.width // 2)
    ends = {"cls_token_id": common["bos_token_id"], "sep_token_id": common["eos_token_id"]}
    return ModernBertConfig(**common, **ends)


def _gpt2(settings: ModelSettings, tokenizer: CodeTokenizer) -> PretrainedConfig:
    from transformers import GPT2Config

    common = _common(settings, tokenizer, 4 * settings.width)
    return GPT2Config(**common, n_inner=common.pop("intermediate_size"))


def _llama(settings: ModelSettings, tokenizer: CodeTokenizer) -> PretrainedConfig:
    from transformers import LlamaConfig

    gated = -(-settings.width * 8 // (3 * 64)) * 64
    return LlamaConfig(**_common(settings, tokenizer, gated), tie_word_embeddings=True)


_BERT_DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob")

ARCHITECTURES: dict[str, Architecture] = {
    "roberta": Architecture(
        is_causal=False,
        dropouts=_BERT_DROPOUTS,
        embeddings=("embeddings",),
        blocks="encoder.layer",
        head=("lm_head",),
        after_attention="attention.output",
        configure=_roberta,
    ),
    "bert": Architecture(
        is_causal=False,
        dropouts=_BERT_DROPOUTS,
        embeddings=("embeddings",),
        blocks="encoder.layer",
        head=("cls",),
        after_attention="attention.output",
        configure=_bert,
    ),
    "modernbert": Architecture(
        is_causal=False,
        dropouts=("embedding_dropout", "attention_dropout", "mlp_dropout"),
        embeddings=("embeddings",),
        blocks="layers",
        head=("head", "decoder"),
        configure=_modernbert,
    ),
    "gpt2": Architecture(
        is_causal=True,
        dropouts=("embd_pdrop", "attn_pdrop", "resid_pdrop"),
        embeddings=("wte", "wpe"),
        blocks="h",
        head=("lm_head",),
        configure=_gpt2,
    ),
    "llama": Architecture(
        is_causal=True,
        dropouts=("attention_dropout",),
        embeddings=("embed_tokens",),
        blocks="layers",
        head=("lm_head",),
        configure=_llama,
    ),
}
"""By the name that `transformers` gives the model type."""
