"""Loading and adapting networks of `transformers`: safetensors alone, no code from folders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, cast

from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM, PretrainedConfig
from transformers.utils import logging

from diglot.errors import ModelError
from diglot.hub import only_local
from diglot.models.architectures import ARCHITECTURES
from diglot.paths import is_folder
from diglot.tokenizer import CodeTokenizer

Network: TypeAlias = Any
"""A model of `transformers` with its language-model head; attributes differ by architecture."""


class HeadNote(str):
    """Something to know of a loaded network where its language-model head is used."""

    __slots__ = ()


_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")


def network_class(config: PretrainedConfig) -> type[Network]:
    """Return the class of `transformers` that has the language-model head for a configuration."""
    causal = ARCHITECTURES[config.model_type].is_causal
    return AutoModelForCausalLM if causal else AutoModelForMaskedLM


def load_config(source: str) -> PretrainedConfig:
    """Read the configuration of a folder or of a name on the hub.

    Raises:
        ModelError: There is none, it cannot be read, or diglot does not know the architecture.
    """
    folder = Path(source).expanduser()
    if is_folder(folder):
        if not (folder / "config.json").is_file():
            raise ModelError(f"{folder / 'config.json'}: missing, every model folder holds one")
        if not any((folder / name).is_file() for name in _WEIGHTS):
            raise ModelError(
                f"{folder / _WEIGHTS[0]}: missing; weights are read from safetensors alone"
            )
    elif folder.exists():
        raise ModelError(f"{source} is a file; a model is a folder or a name on the hub")
    try:
        config = AutoConfig.from_pretrained(
            _place(source), trust_remote_code=False, local_files_only=only_local(_place(source))
        )
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise ModelError(_failure(source, error)) from error
    if config.model_type not in ARCHITECTURES:
        raise ModelError(
            f"model {source!r}: architecture {config.model_type!r}, accepted are "
            f"{', '.join(ARCHITECTURES)}"
        )
    return cast(PretrainedConfig, config)


def load_network(source: str, config: PretrainedConfig) -> tuple[Network, tuple[str, ...]]:
    """Load the weights of a folder or of a name on the hub.

    Returns:
        The network in float32, and what a user should know: parts that were missing and are new,
        parts that were there and are not used.

    Raises:
        ModelError: The weights cannot be read, or lack more than the language-model head.
    """
    import torch

    from diglot.models.weights import check_finite

    try:
        with quiet():
            network, info = network_class(config).from_pretrained(
                _place(source),
                config=config,
                dtype=torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=only_local(_place(source)),
                output_loading_info=True,
            )
    except Exception as error:  # safetensors raises its own, transformers many
        raise ModelError(_failure(source, error)) from error
    check_finite(network.state_dict(), f"model {source!r}")
    prefix = f"{network.base_model_prefix}."
    missing, unused = sorted(info["missing_keys"]), sorted(info["unexpected_keys"])
    mismatched = sorted(str(key) for key, *_ in info["mismatched_keys"])
    lost = [key for key in missing if key.startswith(prefix)] + mismatched
    if lost:
        raise ModelError(f"model {source!r}: its weights lack {_list(lost)}")
    notes = []
    if missing:
        notes.append(
            f"{source} has no language-model head: a new one, tied to the embedding, takes its "
            f"place ({_list(missing)})"
        )
    if unused:
        notes.append(f"{source}: not used, and not saved again, are {_list(unused)}")
    return network, tuple(HeadNote(note) for note in notes)


def fit_vocabulary(network: Network, tokenizer: CodeTokenizer, source: str) -> tuple[str, ...]:
    """Give a loaded network a row for each token of a tokenizer, and the tokenizer's pad.

    New rows are the mean of the old with a little noise of their covariance, so that at first a new
    token is neither likely nor far off (Hewitt 2021, "Initializing new word embeddings for
    pretrained language models"); `transformers` draws them, from torch's global generator.
    Rows beyond the tokenizer's stay.

    Returns:
        What a user should know.

    Raises:
        ModelError: Positions are counted from the pad (RoBERTa), and the tokenizer has another.
    """
    config = network.config
    pad = tokenizer.mark_id("<pad>")
    if config.model_type == "roberta" and pad != config.pad_token_id:
        raise ModelError(
            f"model {source!r} pads with token {config.pad_token_id} and counts positions from it; "
            f"tokenizer {tokenizer.name} pads with {pad}"
        )
    config.pad_token_id = pad
    before = config.vocab_size
    if tokenizer.size <= before:
        return ()
    with quiet():
        network.resize_token_embeddings(tokenizer.size)
    return (f"{source}: {tokenizer.size - before} rows added to an embedding of {before}",)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep `transformers` from printing tables and bars: what matters is in the notes."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _place(source: str) -> str:
    """Return a folder's path, or a hub's name as it is."""
    folder = Path(source).expanduser()
    return str(folder) if is_folder(folder) else source


def _failure(source: str, error: Exception) -> str:
    reason = " ".join(str(error).split("\n")[0].split())
    return (
        f"no model {source!r}: accepted are a folder and a name on the hub, with config.json and "
        f"weights as safetensors ({reason})"
    )


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
