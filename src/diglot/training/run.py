"""A run from start to end: recipe and corpus in, a folder with a model and its record out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from torch import nn
from torch.distributed.tensor import DTensor

from diglot.errors import InputError, TrainingError
from diglot.models.attention import Attention
from diglot.models.language_model import LanguageModel
from diglot.objectives.registry import Weighted, build_objectives
from diglot.objectives.settings import Context
from diglot.objectives.vocabulary import TokenizerInfo
from diglot.tokenizer import CodeTokenizer, load_tokenizer
from diglot.tokenizer.texts import open_corpus
from diglot.training import assembly
from diglot.training.averaging import average_checkpoints, interpolate
from diglot.training.card import model_card
from diglot.training.feed import Feed, micro_batches
from diglot.training.folder import RunFolder, operational
from diglot.training.gradients import Trained
from diglot.training.loop import Job, Speed, measure, train
from diglot.training.optimisation import make_optimizer
from diglot.training.plan import Plan
from diglot.training.probe import Choice, choose, matrix_peak, thread_counts
from diglot.training.processes import all_processes, in_main
from diglot.training.reading import Reading
from diglot.training.recipe import Recipe
from diglot.training.report import write_report
from diglot.training.state import Checkpoints, State, set_weights, weights_of
from diglot.training.tokens import corpus_hash, tokenizer_hash
from diglot.training.tracking import Tracker
from diglot.training.views import View, open_view, some_rows


def run_recipe(
    recipe: Recipe, corpus: Path | str, output: Path | str, *, cache: Path, resume: bool = False
) -> Path:
    """Train a model. Under `accelerate launch` every process calls this.

    Args:
        recipe: what to do.
        corpus: folder of a corpus.
        output: folder of the run; all processes must see the same one.
        cache: folder of token stores.
        resume: whether to go on with the run in `output`, from its newest checkpoint.

    Returns:
        The model's folder.

    Raises:
        InputError: The recipe does not fit the corpus, or a run to be resumed is another one.
        ModelError: The model to start from cannot be used.
        TrainingError: The run cannot go on.
        InterruptedTraining: It was asked to stop.
    """
    folder = RunFolder(Path(output))
    assembly.check_recipe(recipe)
    with all_processes(recipe.run.device == "cpu") as processes:

        def prepare() -> None:
            with _errors_of_disk(folder):
                if resume:
                    _check_resumed(recipe, Path(corpus), folder)
                else:
                    _begin(recipe, Path(corpus), folder, cache, processes.device)

        in_main(prepare)
        resolved = folder.recipe()
        run = replace(resolved.run, **operational(recipe, resolved))
        with _errors_of_disk(folder):
            return _train(replace(resolved, run=run), Path(corpus), folder, cache)


def _check_resumed(recipe: Recipe, corpus: Path, folder: RunFolder) -> None:
    """Check that the run in a folder can be gone on with."""
    folder.record()
    tokenizer = load_tokenizer(folder.tokenizer)
    folder.check(recipe, corpus_hash(open_corpus(corpus)), tokenizer_hash(tokenizer))


def _begin(
    recipe: Recipe, corpus_path: Path, folder: RunFolder, cache: Path, device: torch.device
) -> None:
    """Do what is done once, in one process: check, tokenize, choose, and write it down."""
    corpus = open_corpus(corpus_path)
    with folder.beginning() as begun:
        assembly.make_tokenizer(recipe, corpus).save(begun.tokenizer)
        tokenizer = load_tokenizer(begun.tokenizer)
        reading = Reading(corpus, tokenizer, cache, recipe.data.split_words, os.cpu_count() or 1)
        view = _view(recipe, reading)
        objectives = [one.objective for one in _objectives(recipe, reading, begun)]
        shallow = assembly.build_shallow(recipe, tokenizer)
        for objective in objectives:  # it may refuse the model or the examples of the view
            objective.heads(shallow)  # type: ignore[arg-type]
        validation = _validation(recipe, reading)
        for one in (view,) if validation is None else (view, validation):
            for row in _doubtful(recipe, one):
                micro_batches(one, np.array([row]), objectives, recipe.run.seed, 0)
        choice = _choice(recipe, shallow, device)
        plan = _plan(recipe, view)
        steps = recipe.optimizer.steps or round(recipe.optimizer.epochs * plan.batches_per_epoch)
        resolved = recipe.resolved(steps=max(steps, 1), **asdict(choice))
        begun.identify(recipe, resolved, corpus_hash(corpus), tokenizer_hash(tokenizer))


def _doubtful(recipe: Recipe, view: View) -> range:
    """Rows to try whether objectives accept them: of what people wrote all, else the first."""
    return range(len(view.lengths) if recipe.data.view == "labelled" else 1)


def _train(recipe: Recipe, corpus: Path, folder: RunFolder, cache: Path) -> Path:
    """Put the run together, go on from its newest checkpoint, and write the result."""
    run = recipe.run
    torch.set_num_threads(run.threads)
    tokenizer = load_tokenizer(folder.tokenizer)
    reading = Reading(open_corpus(corpus), tokenizer, cache, recipe.data.split_words)
    weighted = _objectives(recipe, reading, folder)
    objectives = [one.objective for one in weighted]
    torch.manual_seed(run.seed)
    trained = Trained(assembly.build_model(recipe, tokenizer), objectives)
    model = trained.model
    accelerator = Accelerator(
        cpu=run.device == "cpu",
        mixed_precision="bf16" if run.dtype == "bfloat16" else "no",
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
    )
    if run.compile:
        layers = set(trained.layer_names)
        for module in model.modules():
            if type(module).__name__ in layers:
                module.compile()
    wrapped, optimizer = accelerator.prepare(trained, make_optimizer(trained, recipe.optimizer))
    state = State(accelerator.unwrap_model(wrapped), optimizer.optimizer)
    checkpoints = Checkpoints(folder.checkpoints, run.keep)
    saved = checkpoints.all()
    if saved:
        checkpoints.load(state, saved[-1])
    view = _view(recipe, reading)
    processes = accelerator.num_processes
    feed = Feed(
        view,
        _plan(recipe, view),
        objectives,
        run.seed,
        run.micro_batch,
        accelerator.process_index,
        processes,
    )
    flops = None
    if isinstance(model, LanguageModel):
        flops = partial(model.flops_per_token, recipe.data.length)
    peak = matrix_peak(accelerator.device, "bfloat16" if run.dtype == "bfloat16" else "float32")
    job = Job(
        recipe,
        accelerator,
        wrapped,
        assembly.terms_of(weighted),
        feed,
        _validation(recipe, reading),
        checkpoints,
        Speed(flops, peak * processes),
    )
    notes = assembly.notes_of(model, objectives)
    main = accelerator.is_main_process
    with Tracker(folder.path, recipe.optimizer.steps, state.step, active=main) as tracker:
        for note in notes if not saved else ():
            tracker.say(f"diglot: {note}")
        train(job, state, tracker)
        _set_final_weights(job, state, tokenizer)
        measured = measure(job, state, tracker)
    whole = _unsharded(state.trained, recipe, tokenizer)

    def finish() -> None:
        card = model_card(recipe, folder.record(), measured, notes)
        heads = dict(whole.heads.items())
        assembly.save_model(whole.model, objectives, heads, recipe, tokenizer, folder.model, card)
        write_report(folder.path)

    in_main(finish)
    return folder.model


def _set_final_weights(job: Job, state: State, tokenizer: CodeTokenizer) -> None:
    """Average the last checkpoints and go back to the start, as far as the recipe says."""
    run = job.recipe.run
    if run.average > 1:
        set_weights(state.trained, average_checkpoints(job.checkpoints.all()[-run.average :]))
    if run.start_share:
        torch.manual_seed(run.seed)
        start = Trained(assembly.build_model(job.recipe, tokenizer), state.trained.objectives)
        weights = interpolate(weights_of(start), weights_of(state.trained), run.start_share)
        set_weights(state.trained, weights)


def _unsharded(trained: Trained, recipe: Recipe, tokenizer: CodeTokenizer) -> Trained:
    """What was trained; put together anew if its parameters are spread over processes (FSDP2)."""
    if not any(isinstance(one, DTensor) for one in trained.parameters()):
        return trained
    whole = Trained(assembly.build_model(recipe, tokenizer), trained.objectives)
    set_weights(whole, weights_of(trained))
    return whole


def _objectives(recipe: Recipe, reading: Reading, folder: RunFolder) -> list[Weighted]:
    info = TokenizerInfo.of(reading.tokenizer)
    generators = assembly.generators_of(recipe, reading, info, folder.generators)
    return build_objectives(recipe.objectives, Context(info, generators))


def _view(recipe: Recipe, reading: Reading) -> View:
    causal, data = assembly.is_causal(recipe), recipe.data
    view = open_view(data, reading, "train", seed=recipe.run.seed, causal=causal)
    if view is None:
        languages = f" in {', '.join(data.languages)}" if data.languages else ""
        raise InputError(
            f"corpus {reading.corpus.path} has no {data.view} in its training split{languages}, "
            "which the recipe trains on"
        )
    return view


def _validation(recipe: Recipe, reading: Reading) -> View | None:
    rows, seed = recipe.run.evaluate_rows, recipe.run.seed
    if not rows:
        return None
    causal = assembly.is_causal(recipe)
    view = open_view(recipe.data, reading, "validation", seed=seed, causal=causal)
    return None if view is None else some_rows(view, rows, seed)


def _plan(recipe: Recipe, view: View) -> Plan:
    data = recipe.data
    groups = view.languages if data.one_language else None
    return Plan(view.lengths, data.batch, recipe.run.seed, data.bucket, groups)


def _choice(recipe: Recipe, shallow: nn.Module, device: torch.device) -> Choice:
    """Choose what the recipe leaves open, by measuring where there is something to measure."""
    run = recipe.run
    threads = [run.threads] if run.threads else thread_counts()
    if not isinstance(shallow, LanguageModel):  # small models, whose time goes elsewhere
        return Choice("float32" if run.dtype == "auto" else run.dtype, "eager", threads[0])
    on_gpu = device.type == "cuda"
    fast: tuple[Attention, ...] = ("sdpa", "flash") if on_gpu else ("eager", "sdpa")
    return choose(
        shallow.to(device),
        device,
        recipe.data.length,
        dtypes=("float32", "bfloat16") if run.dtype == "auto" else (run.dtype,),
        attentions=fast if run.attention == "auto" else (run.attention,),
        threads=threads,
    )


@contextmanager
def _errors_of_disk(folder: RunFolder) -> Iterator[None]:
    """Say what is kept when a file cannot be written or read."""
    try:
        yield
    except OSError as error:
        saved = Checkpoints(folder.checkpoints, 1).all()
        kept = f"the last one is {saved[-1]}" if saved else "there is none yet"
        raise TrainingError(f"run {folder.path}: {error}. Checkpoints are kept ({kept})") from error
