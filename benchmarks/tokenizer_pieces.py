"""What the pieces that a tokenizer cuts texts into, and its size, do to the length of code.

    python -m benchmarks.tokenizer_pieces CORPUS [--megabytes N] [--output FILE.json]

Trains one vocabulary for each way of cutting, and of the chosen way one for each size, on the
training split of a corpus, and measures them on rows of a split that was not trained on, next to
the vocabulary of BERT.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.result_files import write_result
from diglot.models import resolve_model
from diglot.tokenizer import load_tokenizer, train_tokenizer
from diglot.tokenizer.report import format_measures, measure
from diglot.tokenizer.texts import TrainingTexts, held_out_split, open_corpus, sample_rows
from diglot.tokenizer.train import PATTERN, VOCABULARY_SIZE

_GPT2 = (
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+"
    r"|\s+(?!\S)|\s+"
)
_GPT4 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_WORDS, _, _REST = PATTERN.partition(r"| ?_+|")
_WHITESPACE = PATTERN[PATTERN.index(r"\n+[ \t]*") :]

PATTERNS = {
    "chosen": PATTERN,
    "each white space alone": PATTERN.replace(_WHITESPACE, r"\s"),
    "whole identifiers": rf" ?[\p{{L}}\p{{M}}_]+|{_REST}",
    "digits by three": PATTERN.replace(r" ?\p{N}|", r" ?\p{N}{1,3}|"),
    "punctuation with line end": PATTERN.replace(r"\p{N}_]+|", r"\p{N}_]+\n*|"),
    "word with punctuation": PATTERN.replace(" ?", r"[^\n\p{L}\p{M}\p{N}_]?", 1),
    "gpt2": _GPT2,
    "gpt4": _GPT4,
}
SIZES = (4096, 8192, 16_384, 49_152, 65_536)


def main() -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--megabytes", type=int, default=20, help="of each language, at most")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    corpus = open_corpus(options.corpus)
    split = held_out_split(corpus)
    texts = TrainingTexts(corpus, options.megabytes * 1_000_000)
    settings = [(name, pattern, VOCABULARY_SIZE) for name, pattern in PATTERNS.items()]
    settings += [(f"{size} tokens", PATTERN, size) for size in SIZES]
    tokenizers = {"bert": load_tokenizer(resolve_model("encoder").path)}
    seconds = {}
    for name, pattern, size in settings:
        started = time.process_time()
        tokenizers[name] = train_tokenizer(texts, vocabulary_size=size, pattern=pattern, name=name)
        seconds[name] = round(time.process_time() - started, 1)
    measures = measure(tokenizers, sample_rows(corpus, split), split)
    table = f"{format_measures(measures)}\n"
    if options.output:
        result = {"bytes": dict(sorted(texts.read.items())), "cpu_seconds": seconds} | measures
        write_result(options.output, result, table)
    else:
        sys.stdout.write(table)


if __name__ == "__main__":
    main()
