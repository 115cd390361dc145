"""Writes the gradients of one global batch, as computed by one or two processes in several ways."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.processes import free_port, wait_for

if TYPE_CHECKING:
    from diglot.training.feed import Feed


def gradients(given: dict[str, Any], case: dict[str, Any]) -> None:
    import torch
    from accelerate import Accelerator, DistributedDataParallelKwargs, PartialState
    from accelerate.utils import DistributedType
    from safetensors.torch import save_file

    from diglot.corpus.reader import open_corpus
    from diglot.models.language_model import build_language_model
    from diglot.objectives.registry import build_objectives
    from diglot.objectives.settings import Context
    from diglot.objectives.vocabulary import TokenizerInfo
    from diglot.tokenizer import load_tokenizer
    from diglot.training.assembly import generators_of, terms_of
    from diglot.training.feed import Feed
    from diglot.training.folder import RunFolder
    from diglot.training.gradients import Trained, add_gradients
    from diglot.training.optimisation import make_optimizer
    from diglot.training.plan import Plan
    from diglot.training.reading import Reading
    from diglot.training.recipe import recipe_from
    from diglot.training.state import whole
    from diglot.training.views import open_view

    torch.set_num_threads(1)
    recipe = recipe_from(given["recipes"][case["recipe"]], "test")
    tokenizer = load_tokenizer(given["tokenizer"])
    words = recipe.data.split_words
    reading = Reading(open_corpus(given["corpus"]), tokenizer, Path(given["cache"]), words)
    info = TokenizerInfo.of(tokenizer)
    own = f"{case['recipe']}-{case['processes']}-{os.environ.get('RANK', 0)}"
    folder = RunFolder(Path(given["output"]) / own)
    fit = generators_of(recipe, reading, info, folder.generators)
    weighted = build_objectives(recipe.objectives, Context(info, fit))
    objectives = [one.objective for one in weighted]
    torch.manual_seed(0)
    trained = Trained(build_language_model(recipe.model, tokenizer, "eager"), objectives)
    state = PartialState(cpu=True)
    if case["sharded"]:  # Accelerate shards on accelerators alone, so let it see some
        state._shared_state["distributed_type"] = DistributedType.MULTI_XPU
    accelerator = Accelerator(
        cpu=True, kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)]
    )
    wrapped, _ = accelerator.prepare(trained, make_optimizer(trained, recipe.optimizer))
    expected = DistributedType.FSDP if case["sharded"] else DistributedType.MULTI_CPU
    assert case["processes"] == 1 or accelerator.distributed_type == expected
    view = open_view(recipe.data, reading, "train", seed=0, causal=False)
    assert view is not None
    plan = Plan(view.lengths, recipe.data.batch)
    feed = Feed(
        view,
        plan,
        objectives,
        0,
        case["micro"],
        accelerator.process_index,
        accelerator.num_processes,
    )
    halves = [Feed(view, plan, objectives, 0, 0, rank, 2) for rank in range(2)]
    step = next(n for n in range(100) if not case["lopsided"] or lopsided(halves, n))
    found = add_gradients(accelerator, wrapped, terms_of(weighted), feed[step])
    unwrapped = accelerator.unwrap_model(wrapped)
    tensors = {
        name: whole(parameter.grad)
        for name, parameter in unwrapped.named_parameters()
        if parameter.grad is not None
    }
    tensors |= {f"sum of {name}": value.reshape(1) for name, value in found.sums.items()}
    tensors["counts"] = torch.tensor(list(found.counts.values()))
    if accelerator.is_main_process:
        save_file(tensors, Path(given["output"]) / f"{case['name']}.safetensors")
    state.wait_for_everyone()


def lopsided(halves: Sequence[Feed], step: int) -> bool:
    """Whether one of two processes has no example for a term that the other has some for."""
    counts = [half[step][0][0].counts for half in halves]
    return any(bool(counts[0][term]) != bool(counts[1][term]) for term in counts[0])


def start(given: dict[str, Any], case: dict[str, Any], rank: int, port: int) -> int:
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        if case["processes"] > 1:
            os.environ |= {
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
                "WORLD_SIZE": str(case["processes"]),
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
                "ACCELERATE_USE_CPU": "true",
            }
        if case["sharded"]:
            os.environ |= {
                "ACCELERATE_USE_FSDP": "true",
                "FSDP_VERSION": "2",
                "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP",
            }
        gradients(given, case)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    import diglot.training.run  # noqa: F401 - what takes time to import

    given = json.load(sys.stdin)
    for case in given["cases"]:
        port = free_port()
        started = [start(given, case, rank, port) for rank in range(case["processes"])]
        codes = wait_for(started)
        assert codes == {0}, (case, codes)


if __name__ == "__main__":
    main()
