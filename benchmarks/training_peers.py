"""One run of a peer's trainer, timed step by step; `training_speed` starts it.

    python -m benchmarks.training_peers OBJECTIVE TEXTS.jsonl --model DIR --length N --batch N
        --steps N --output FILE.json [--equal DTYPE ATTENTION]

`mlm` is `transformers`' `Trainer` as its example `run_mlm.py` sets it up: texts end to end, cut to
sequences of one length, `DataCollatorForLanguageModeling`. `contrastive` is sentence-transformers'
trainer with `MultipleNegativesRankingLoss`. All is at defaults but what is named here: batch and
steps, and no files or lines written. `--equal` sets dtype and attention and turns dropout off.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from transformers import (
    AutoModelForMaskedLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


class Clock(TrainerCallback):
    """Notes when each step ends, and how many tokens it read."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.tokens: list[int] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - as Trainer calls it
        """A step has ended: its update too."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.ends.append(time.perf_counter())

    def steps(self) -> list[tuple[int, float]]:
        """Tokens and seconds of each step but the first, whose begin is not known."""
        seconds = [end - begin for begin, end in pairwise(self.ends)]
        return list(zip(self.tokens[1:], seconds, strict=True))


class TimedTrainer(Trainer):
    """Counts tokens, padding left out."""

    clock: Clock

    def training_step(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        *rest: Any,  # noqa: ANN401
    ) -> torch.Tensor:
        """Compute a step's gradients, after counting."""
        masks = [value for name, value in inputs.items() if name.endswith("attention_mask")]
        self.clock.tokens.append(sum(int(mask.sum()) for mask in masks))
        return super().training_step(model, inputs, *rest)


class TimedSentenceTrainer(TimedTrainer, SentenceTransformerTrainer):
    """The same for sentence-transformers."""


def masked_trainer(
    texts: Path, model: Path, length: int, arguments: Mapping[str, Any], equal: str
) -> TimedTrainer:
    """Trainer of `run_mlm.py`; `equal` is the attention where dropout is to be off."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    options: dict[str, Any] = {"attn_implementation": equal, **NO_DROPOUT} if equal else {}
    network = AutoModelForMaskedLM.from_pretrained(model, **options)

    def tokenize(rows: Mapping[str, list[str]]) -> Any:  # noqa: ANN401
        return tokenizer(rows["text"], return_special_tokens_mask=True)

    def group(rows: Mapping[str, list[list[int]]]) -> dict[str, list[list[int]]]:
        joined = {name: list(chain(*values)) for name, values in rows.items()}
        end = len(next(iter(joined.values()))) // length * length
        return {
            name: [values[at : at + length] for at in range(0, end, length)]
            for name, values in joined.items()
        }

    rows = Dataset.from_json(str(texts))
    rows = rows.map(tokenize, batched=True, remove_columns=["text"]).map(group, batched=True)
    return TimedTrainer(
        model=network,
        args=TrainingArguments(**arguments),
        train_dataset=rows,
        processing_class=tokenizer,
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15),
    )


def contrastive_trainer(
    texts: Path, model: Path, length: int, arguments: Mapping[str, Any], equal: str
) -> TimedTrainer:
    """Trainer of pairs; `equal` is the attention where dropout is to be off."""
    options: dict[str, Any] = {}
    if equal:
        options = {
            "model_kwargs": {"attn_implementation": equal},
            "config_kwargs": NO_DROPOUT,
        }
    network = SentenceTransformer(str(model), **options)
    network.max_seq_length = length
    return TimedSentenceTrainer(
        model=network,
        args=SentenceTransformerTrainingArguments(**arguments),
        train_dataset=Dataset.from_json(str(texts)),
        loss=MultipleNegativesRankingLoss(network),
    )


TRAINERS = {"mlm": masked_trainer, "contrastive": contrastive_trainer}


def main() -> None:
    """Train and write the steps' tokens and seconds."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("objective", choices=TRAINERS)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--length", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--equal", nargs=2, metavar=("DTYPE", "ATTENTION"), default=("", ""))
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    dtype, attention = given.equal
    with tempfile.TemporaryDirectory() as folder:
        arguments = {
            "output_dir": folder,
            "per_device_train_batch_size": given.batch,
            "max_steps": given.steps,
            "use_cpu": not torch.cuda.is_available(),  # else bf16 is refused there
            "bf16": dtype == "bfloat16",
            "save_strategy": "no",
            "report_to": "none",
            "disable_tqdm": True,
        }
        make = TRAINERS[given.objective]
        trainer = make(given.texts, given.model, given.length, arguments, attention)
        trainer.clock = Clock()
        trainer.add_callback(trainer.clock)
        trainer.train()
    given.output.write_text(json.dumps(trainer.clock.steps()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
