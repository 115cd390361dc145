"""The balanced encoder: a transformer run by ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from diglot.errors import ModelError
from diglot.inference.rows import unit_rows
from diglot.inference.vocabulary import Vocabulary, load_tokenizer
from diglot.models.folder import ModelFolder

onnxruntime.disable_telemetry_events()  # should another have imported it before diglot

_BATCH_TOKENS = 4096
"""Tokens run at once, padding included: bounds memory, and more is no quicker."""
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class OnnxEncoder:
    """Encodes texts, cut to the model's length, by pooling a transformer's token vectors."""

    def __init__(self, folder: ModelFolder, threads: int | None = None) -> None:
        """Load the model in `folder`.

        Args:
            folder: A folder of kind `onnx`.
            threads: Threads for one batch; by default as many as there are cores to run on.

        Raises:
            ModelError: A file is unreadable, or the graph is not that of a text encoder.
        """
        self.name = folder.name
        self.key = folder.key
        self.dimension = folder.dimension
        self._folder = folder
        self._tokenizer = load_tokenizer(folder.path / "tokenizer.json")
        self._tokenizer.enable_truncation(folder.max_tokens)
        self._vocabulary = Vocabulary(self._tokenizer)
        self._session = open_session(folder.path / folder.weights, threads or _cores())
        self._inputs = [node.name for node in self._session.get_inputs()]
        if not {"input_ids"} <= set(self._inputs) <= set(_INPUTS):
            raise ModelError(
                f"{folder.path / folder.weights}: takes {', '.join(self._inputs)}; a text encoder "
                f"takes {', '.join(_INPUTS)}"
            )

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of questions, shape (n, dimension), rows of norm 1."""
        return self._encode(self._folder.query_prefix, texts)

    def encode_code(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of pieces of code, shape (n, dimension), rows of norm 1."""
        return self._encode(self._folder.code_prefix, texts)

    def represented(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the share of each text's words that the vocabulary knows; see `Vocabulary`."""
        return self._vocabulary.represented(texts)

    def _encode(self, prefix: str, texts: Sequence[str]) -> NDArray[np.float32]:
        # Lone surrogates, which a lenient decoder leaves in a source text, have no UTF-8 form.
        valid = [(prefix + text).encode("utf-8", "replace").decode() for text in texts]
        encodings = self._tokenizer.encode_batch_fast(valid)
        tokens = [encoding.ids for encoding in encodings]
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for rows in _batches([len(ids) for ids in tokens]):
            vectors[rows] = self._run([tokens[row] for row in rows])
        if not np.isfinite(vectors).all():
            raise ModelError(
                f"{self._folder.path / self._folder.weights}: its vectors hold NaN or infinity"
            )
        return unit_rows(vectors, texts)

    def _run(self, tokens: Sequence[list[int]]) -> NDArray[np.float32]:
        """Return the pooled vectors of a batch, shape (batch, dimension), of any norm."""
        longest = max(1, max(map(len, tokens)))
        feed = {name: np.zeros((len(tokens), longest), np.int64) for name in _INPUTS}
        for row, ids in enumerate(tokens):
            feed["input_ids"][row, : len(ids)] = ids
            feed["attention_mask"][row, : len(ids)] = 1
        output = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        if output.shape[-1] != self.dimension:
            raise ModelError(
                f"{self._folder.path / self._folder.weights}: vectors of {output.shape[-1]} "
                f"components, config.json says {self.dimension}"
            )
        if output.ndim == 2:  # the graph pools
            return np.asarray(output, np.float32)
        if self._folder.pooling == "cls":
            return np.asarray(output[:, 0], np.float32)
        mask = feed["attention_mask"].astype(np.float32)[:, None]
        return np.asarray((mask @ output)[:, 0], np.float32)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the row numbers of batches: texts of like length, `_BATCH_TOKENS` at most."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def open_session(model: Path | bytes, threads: int) -> onnxruntime.InferenceSession:
    """Open a graph for running.

    Args:
        model: a file, or its content.
        threads: for one batch.

    Raises:
        ModelError: It is not a readable ONNX model.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin while they wait are a little quicker alone, far slower on a busy machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors; they are raised as well
    try:
        source = model if isinstance(model, bytes) else str(model)
        return onnxruntime.InferenceSession(source, options, ["CPUExecutionProvider"])
    except Exception as error:  # the library's own classes share no base but Exception
        name = "graph" if isinstance(model, bytes) else model
        raise ModelError(f"{name}: not a readable ONNX model ({error})") from error


def _cores() -> int:
    """Return the number of cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
