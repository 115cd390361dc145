"""A BERT encoder as an ONNX graph, in float32 or in int8.

The graph is written node by node, with ONNX Runtime's fused operators, from the tensors of a
`transformers` checkpoint. In int8 every matrix product takes unsigned 8-bit activations and signed
8-bit weights:

- activations have *fixed* scales, measured beforehand on sample texts. With scales taken from each
  batch, as usual, a text's vector would depend on what else is in its batch and on the padding;
- channels of very different range share one scale badly, so each channel of an activation is first
  divided by a factor that its weights are multiplied by (SmoothQuant, arXiv:2211.10438);
- weights have one scale per output column, word embeddings one per row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float32]
FUSED = "com.microsoft"
MIGRATION = 0.75
"""SmoothQuant's alpha: how far the range of activations moves into the weights (0 to 1)."""


@dataclass(frozen=True)
class Ranges:
    """Smallest and largest value of each channel of each matrix product's input, by name."""

    low: dict[str, Array]
    high: dict[str, Array]


@dataclass
class BertGraph:
    """Builds the graph of one checkpoint; `build` is the only thing to call.

    Inputs are `input_ids` and `attention_mask`, int64 of shape (batch, tokens); the output
    `last_hidden_state` is float32 of shape (batch, tokens, width).
    """

    tensors: Mapping[str, NDArray[np.float32]]
    """Of a `BertModel` checkpoint."""
    layers: int
    heads: int
    epsilon: float
    """Of the layer norms."""
    ranges: Ranges | None = None
    """Makes the graph int8; without, it is float32 and also gives out every product's input."""
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)
    inputs_of_products: list[str] = field(default_factory=list)

    def build(self) -> onnx.ModelProto:
        """Return the model."""
        hidden = self._embed()
        self._node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
        for number in range(self.layers):
            hidden = self._layer(number, hidden)
        self._node("Identity", [hidden], "last_hidden_state")
        outputs = ["last_hidden_state", *([] if self.ranges else self.inputs_of_products)]
        shape = ["batch", "tokens"]
        graph = helper.make_graph(
            self.nodes,
            "bert",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, shape)
                for name in ("input_ids", "attention_mask")
            ],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, [*shape, None])
                for name in outputs
            ],
            self.constants,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="diglot")

    def _embed(self) -> str:
        words = self.tensors["embeddings.word_embeddings.weight"]
        places = self.tensors["embeddings.position_embeddings.weight"]
        places = places + self.tensors["embeddings.token_type_embeddings.weight"][0]
        if self.ranges is None:
            self._node("Gather", [self._constant("words", words), "input_ids"], "word_vectors")
        else:
            scale = np.abs(words).max(axis=1, keepdims=True) / np.float32(127)
            rows = np.rint(words / np.where(scale > 0, scale, 1)).astype(np.int8)
            self._node("Gather", [self._constant("words", rows), "input_ids"], "word_rows")
            self._node("Gather", [self._constant("word_scales", scale), "input_ids"], "row_scales")
            self._node("Cast", ["word_rows"], "word_floats", to=TensorProto.FLOAT)
            self._node("Mul", ["word_floats", "row_scales"], "word_vectors")
        length = self._node("Shape", ["input_ids"], "length", start=1, end=2)
        zero = self._constant("zero", np.zeros(1, np.int64))
        axis = self._constant("axis", np.zeros(1, np.int64))
        self._node("Slice", [self._constant("places", places), zero, length, axis], "place_vectors")
        self._node("Add", ["word_vectors", "place_vectors"], "embedded")
        gamma, beta = self._norm("embeddings.LayerNorm")
        return self._node(
            "LayerNormalization",
            ["embedded", gamma, beta],
            "embeddings",
            axis=-1,
            epsilon=self.epsilon,
        )

    def _layer(self, number: int, hidden: str) -> str:
        name, short = f"encoder.layer.{number}", f"layer{number}"
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self.tensors[f"{part}.weight"] for part in parts])
        bias = np.concatenate([self.tensors[f"{part}.bias"] for part in parts])
        joined = self._product(f"{short}.qkv", hidden, weight, bias)
        split = [f"{short}.{part}" for part in ("query", "key", "value")]
        self.nodes.append(helper.make_node("Split", [joined], split, axis=-1))
        attended = self._node(
            "MultiHeadAttention",
            [*split, "", "mask"],
            f"{short}.attended",
            domain=FUSED,
            num_heads=self.heads,
        )
        mixed = self._linear(f"{short}.mixed", attended, f"{name}.attention.output.dense")
        middle = self._add_norm(mixed, hidden, f"{name}.attention.output.LayerNorm")
        wide = self._linear(f"{short}.wide", middle, f"{name}.intermediate.dense")
        active = self._node("Gelu", [wide], f"{short}.active", domain=FUSED)
        narrow = self._linear(f"{short}.narrow", active, f"{name}.output.dense")
        return self._add_norm(narrow, middle, f"{name}.output.LayerNorm")

    def _linear(self, out: str, x: str, name: str) -> str:
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        return self._product(out, x, weight, bias)

    def _product(self, out: str, x: str, weight: Array, bias: Array) -> str:
        """Multiply `x` (batch, tokens, in) by `weight` (out, in) and add `bias`."""
        bias_name = self._constant(f"{out}.bias", bias)
        self.inputs_of_products.append(x)
        if self.ranges is None:
            self._node("MatMul", [x, self._constant(f"{out}.weight", weight.T)], f"{out}.product")
            return self._node("Add", [f"{out}.product", bias_name], out)
        low, high = self.ranges.low[x], self.ranges.high[x]
        factor = smoothing(low, high, weight)
        scale, zero = affine((low / factor).min(), (high / factor).max())
        a_scale = self._constant(f"{out}.a_scale", scale)
        a_zero = self._constant(f"{out}.a_zero", zero)
        smooth = self._constant(f"{out}.smooth", 1 / factor)
        self._node("Mul", [x, smooth], f"{out}.smoothed")
        self._node("QuantizeLinear", [f"{out}.smoothed", a_scale, a_zero], f"{out}.a")
        smoothed = weight * factor
        b_scale = weight_scales(smoothed)
        rows = np.rint(smoothed / b_scale[:, None]).astype(np.int8)
        b = self._constant(f"{out}.b", rows.T)
        b_scale_name = self._constant(f"{out}.b_scale", b_scale)
        inputs = [f"{out}.a", b, a_scale, b_scale_name, a_zero, "", bias_name]
        return self._node("MatMulIntegerToFloat", inputs, out, domain=FUSED)

    def _add_norm(self, x: str, skip: str, name: str) -> str:
        inputs = [x, skip, *self._norm(name)]
        return self._node(
            "SkipLayerNormalization", inputs, f"{x}.normed", domain=FUSED, epsilon=self.epsilon
        )

    def _norm(self, name: str) -> tuple[str, str]:
        gamma = self._constant(f"{name}.gamma", self.tensors[f"{name}.weight"])
        return gamma, self._constant(f"{name}.beta", self.tensors[f"{name}.bias"])

    def _node(self, operator: str, inputs: list[str], out: str, **attributes: Any) -> str:  # noqa: ANN401 - as `onnx` takes them
        self.nodes.append(helper.make_node(operator, inputs, [out], name=out, **attributes))
        return out

    def _constant(self, name: str, value: NDArray[np.generic]) -> str:
        array = np.ascontiguousarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        self.constants.append(numpy_helper.from_array(array, name))
        return name


def smoothing(low: Array, high: Array, weight: Array) -> Array:
    """Return the factor that each input channel of a product is divided by, shape (in,)."""
    activation = np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-5)
    weights = np.maximum(np.abs(weight).max(axis=0), 1e-5)
    factor = activation**MIGRATION / weights ** (1 - MIGRATION)
    even: Array = factor / factor.mean()
    return even


def weight_scales(weight: Array) -> Array:
    """Return the scale of each output of a product's weight (out, in), shape (out,).

    Processors without VNNI add the products of two neighbouring inputs in 16 bits and saturate:
    255 * (|a| + |b|) has to stay below 2^15 for all pairs, so |a| + |b| is kept at 127.
    """
    pairs = np.abs(weight).reshape(len(weight), -1, 2).sum(axis=2)
    scales: Array = pairs.max(axis=1) / np.float32(127)
    return scales


def affine(low: float, high: float) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return scale and zero point that map `low`..`high` (which holds 0) onto 0..255."""
    scale = (high - low) / 255
    return np.array(scale, np.float32), np.array(round(-low / scale), np.uint8)
