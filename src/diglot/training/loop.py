"""The training loop."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn
from torch.distributed.tensor import DTensor

from diglot.errors import DiglotError, TrainingError
from diglot.training.evaluation import evaluate
from diglot.training.feed import Feed
from diglot.training.gradients import Term, Window, add_gradients, total_loss
from diglot.training.memory import release_memory
from diglot.training.optimisation import learning_rate
from diglot.training.recipe import Recipe
from diglot.training.state import Checkpoints, State
from diglot.training.tracking import Tracker
from diglot.training.views import View

_SMOOTHED = 10
"""Lines of metrics, about, over which the loss is smoothed before it counts as diverged."""


class InterruptedTraining(DiglotError):
    """The run was asked to stop, and did after a checkpoint."""


@dataclass(frozen=True)
class Speed:
    """What throughput is compared with."""

    flops_per_token: Callable[[float], float] | None
    """Of a training step, by the share of positions that are predicted."""
    peak: float
    """Floating-point operations per second of all devices."""

    def share(self, tokens_per_second: float, predicted: float) -> float | None:
        """Model FLOP/s utilisation; None for models that do not count theirs."""
        if self.flops_per_token is None:
            return None
        return tokens_per_second * self.flops_per_token(predicted) / self.peak


@dataclass(frozen=True)
class Job:
    """A run, put together."""

    recipe: Recipe
    accelerator: Accelerator
    wrapped: nn.Module
    """`Trained`, as the accelerator prepared it."""
    terms: Sequence[Term]
    feed: Feed
    validation: View | None
    checkpoints: Checkpoints
    speed: Speed


def train(job: Job, state: State, tracker: Tracker) -> None:
    """Do the steps that are left.

    Raises:
        InterruptedTraining: SIGTERM or SIGINT came; a checkpoint was written.
        TrainingError: The loss is not finite or diverges, or a checkpoint cannot be written.
    """
    run, recipe = job.recipe.run, job.recipe.optimizer
    interval = _Interval()
    job.wrapped.train()
    with _signals() as asked:
        for window in job.feed.steps(state.step, recipe.steps, run.workers):
            seed_step(run.seed, state.step, job.accelerator.process_index)
            for group in state.optimizer.param_groups:
                group["lr"] = learning_rate(recipe, state.step)
            found = add_gradients(job.accelerator, job.wrapped, job.terms, window, stop=bool(asked))
            norm = _clip(state.trained, recipe.clip)
            interval.add(found)
            last = state.step + 1 == recipe.steps
            saving = last or found.stop or (state.step + 1) % run.save_every == 0
            if saving or (state.step + 1) % run.log_every == 0 or state.step == 0:
                loss = _checked(job, state, interval, float(norm))
                release_memory()  # before the clock is read: it is part of what steps cost
                tracker.log(state.step + 1, _metrics(job, state, interval, float(norm), loss))
                interval = _Interval()
            state.optimizer.step()
            state.optimizer.zero_grad(set_to_none=True)
            state.step += 1
            state.tokens += found.tokens
            tracker.advance(state.step)
            if run.evaluate_every and state.step % run.evaluate_every == 0 and not last:
                measure(job, state, tracker)
                interval = _Interval()
            if saving:
                path = job.checkpoints.save(state)
                interval = _Interval()
            if found.stop and not last:
                raise InterruptedTraining(
                    f"stopped after step {state.step}; {path} is written: go on with --resume"
                )


def measure(job: Job, state: State, tracker: Tracker) -> dict[str, float]:
    """Evaluate on the validation split, if there is one, and log it."""
    if job.validation is None:
        return {}
    recipe = job.recipe
    values = evaluate(
        job.accelerator,
        job.wrapped,
        job.terms,
        job.validation,
        seed=recipe.run.seed,
        batch=recipe.data.batch,
        micro=recipe.run.micro_batch,
    )
    tracker.log(state.step, values, "validation")
    return values


def seed_step(seed: int, step: int, rank: int) -> None:
    """Seed dropout of a step: a function of the step's number, so no generator need be saved."""
    torch.manual_seed(((seed * 1_000_003 + step) * 65_537 + rank) % 2**63)


@dataclass
class _Interval:
    """What has come together since the last line of metrics."""

    windows: list[Window] = field(default_factory=list)
    begin: float = field(default_factory=time.perf_counter)

    def add(self, window: Window) -> None:
        self.windows.append(window)

    @property
    def tokens(self) -> int:
        return sum(window.tokens for window in self.windows)

    @property
    def counts(self) -> dict[str, int]:
        labels = self.windows[0].counts
        return {name: sum(window.counts[name] for window in self.windows) for name in labels}

    @property
    def means(self) -> dict[str, float]:
        """Terms that were scored, over the whole interval."""
        return {
            name: float(torch.stack([w.sums[name] for w in self.windows]).double().sum()) / count
            for name, count in self.counts.items()
            if count
        }

    @property
    def logged(self) -> dict[str, int]:
        names = {name for window in self.windows for name in window.logged}
        return {
            name: sum(window.logged.get(name, 0) for window in self.windows)
            for name in sorted(names)
        }


def _checked(job: Job, state: State, interval: _Interval, norm: float) -> float:
    """The loss since the last line.

    Raises:
        TrainingError: It or the gradient is not finite, or it has grown far beyond its start.
    """
    means = interval.means
    loss = total_loss(job.terms, means)
    finite = math.isfinite(loss) and math.isfinite(norm)
    if finite and any(term.label not in means for term in job.terms):
        return loss  # a batch without items of a term: it cannot be compared with others
    if state.first_loss is None and finite:
        state.first_loss = state.smooth_loss = loss
    if finite:
        state.smooth_loss += (loss - state.smooth_loss) / _SMOOTHED
        # Below one nat a ratio says little: a pre-trained model may begin close to 0.
        if state.smooth_loss <= job.recipe.run.divergence * max(state.first_loss or 0.0, 1.0):
            return loss
        what = f"the loss is {state.smooth_loss:.4g}, it began with {state.first_loss:.4g}"
        what += " (diverged)"
    else:
        what = f"the loss is {loss:g}, the norm of the gradient {norm:g}"
    saved = job.checkpoints.all()
    good = f"the last good checkpoint is {saved[-1]}" if saved else "there is no checkpoint yet"
    raise TrainingError(
        f"step {state.step + 1}: {what}; {good}. Try a lower optimizer.lr, a longer "
        "optimizer.warmup or run.dtype = 'float32'"
    )


def _metrics(
    job: Job, state: State, interval: _Interval, norm: float, loss: float
) -> dict[str, float | int]:
    seconds = time.perf_counter() - interval.begin
    state.seconds += seconds
    speed = interval.tokens / seconds
    predicted = sum(interval.counts.values()) / max(interval.tokens, 1)
    share = job.speed.share(speed, min(predicted, 1.0))
    values: dict[str, float | int] = {
        "loss": loss,
        **interval.means,
        **interval.logged,
        "gradient_norm": norm,
        "lr": state.optimizer.param_groups[0]["lr"],
        "epoch": round((state.step + 1) / job.feed.plan.batches_per_epoch, 4),
        "tokens": state.tokens + interval.windows[-1].tokens,
        "tokens_per_second": round(speed, 1),
        "seconds": round(state.seconds, 2),
    }
    return values if share is None else values | {"mfu": round(share, 4)}


def _clip(module: nn.Module, largest: float) -> torch.Tensor:
    """Scale gradients down to a norm, and return what it was; 0 only measures it."""
    norm = nn.utils.clip_grad_norm_(module.parameters(), largest or math.inf)
    return norm.full_tensor() if isinstance(norm, DTensor) else norm


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Signals that asked to stop so far; a second one of a kind does what it did before."""
    asked: list[int] = []
    before: dict[int, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        signal.signal(number, before[number])

    for wanted in (signal.SIGTERM, signal.SIGINT):
        before[wanted] = signal.getsignal(wanted)
        try:
            signal.signal(wanted, note)
        except ValueError:  # not in the main thread: whoever is there handles them
            break
    try:
        yield asked
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is note:
                signal.signal(number, handler)
