"""The processes of a run: how they begin and end, and what one of them does for all."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from accelerate import PartialState
from accelerate.state import AcceleratorState, GradientState
from torch import distributed

from diglot.errors import DiglotError

_PATIENCE = timedelta(hours=12)
"""How long processes wait for each other; the first one may have a large corpus to tokenize."""


@contextmanager
def all_processes(cpu: bool) -> Iterator[PartialState]:
    """Join the processes that a launcher started, and leave them at the end.

    A process group that is left to the interpreter's exit, or destroyed while a wrapped model still
    holds it, may wait for its own threads for ever. So all processes meet, whatever the run made is
    let go of, and the group, if it began here, is destroyed. Another run may follow in the process.

    Args:
        cpu: whether they compute on the processor, whatever devices there are.
    """
    joined = distributed.is_initialized()
    try:
        processes = PartialState(cpu=cpu, timeout=_PATIENCE)
        yield processes
        processes.wait_for_everyone()
    except BaseException as error:
        if distributed.is_initialized():
            _clear_frames(error)
        raise
    finally:
        AcceleratorState._reset_state()  # another run may compute in another precision
        GradientState._reset_state()
        if distributed.is_initialized() and not joined:
            gc.collect()
            distributed.destroy_process_group()
            PartialState._reset_state()


def in_main(work: Callable[[], None]) -> None:
    """Let the main process do something that the others wait for; if it fails, all of them do.

    Raises:
        DiglotError: That of the main process.
    """
    alone = not distributed.is_initialized() or distributed.get_world_size() == 1
    if alone:
        work()
        return
    failed: list[tuple[type[Exception], str] | None] = [None]
    if distributed.get_rank() == 0:
        try:
            work()
        except Exception as error:
            own = isinstance(error, DiglotError)
            failed = [(type(error) if own else RuntimeError, str(error))]
            distributed.broadcast_object_list(failed)
            raise
    distributed.broadcast_object_list(failed)
    if distributed.get_rank() and failed[0] is not None:
        kind, message = failed[0]
        raise kind(message)


def _clear_frames(error: BaseException | None) -> None:
    """Let go of what the functions held that an error went through: the wrapped model."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
