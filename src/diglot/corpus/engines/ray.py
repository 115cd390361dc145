"""The stages of a build on Ray Data, on one machine or many that share a file system."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from diglot.corpus.deduplicate import (
    Components,
    read_keys,
    read_prints,
    verified_edges,
)
from diglot.corpus.engines.base import Progress
from diglot.corpus.minhash import Sketching
from diglot.errors import DiglotError, MissingExtraError

T = TypeVar("T")

_ROWS_PER_BLOCK = 1 << 18


class RayEngine:
    """Runs tasks as rows of a Ray dataset, and lets Ray group the bands.

    Joins the cluster that `RAY_ADDRESS` names, else starts one on this machine. The output folder
    and the cache must be on a file system that every node sees under the same path.
    """

    def __init__(self, workers: int | None = None) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine unasked
        try:
            import ray
            import ray.data
        except ImportError as error:
            raise MissingExtraError(
                "--engine ray needs Ray; install it with pip install 'diglot[scale]'"
            ) from error
        self._ray = ray
        if not ray.is_initialized():
            address = os.environ.get("RAY_ADDRESS")
            ray.init(
                address=address,
                num_cpus=None if address else workers,
                include_dashboard=None if address else False,
                log_to_driver=False,
                configure_logging=False,
            )
        logging.getLogger("ray.data").setLevel(logging.ERROR)  # it tells of every execution
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False

    def run(
        self,
        function: Callable[[T], None],
        tasks: Sequence[T],
        crashed: Callable[[T], bool],
        progress: Progress,
    ) -> None:
        """See `Engine.run`."""
        if not tasks:
            return

        def call(row: dict[str, Any]) -> dict[str, Any]:
            try:
                function(row["task"])
            except (DiglotError, OSError) as error:
                return {"error": str(error)}
            return {"error": ""}

        rows = self._ray.data.from_items(
            [{"task": task} for task in tasks], override_num_blocks=len(tasks)
        )
        for done, row in enumerate(rows.map(call).iter_rows(), 1):
            if row["error"]:
                raise DiglotError(row["error"])
            progress(done, len(tasks))

    def components(self, folder: Path, rows: int, sketching: Sketching) -> NDArray[np.uint32]:
        """See `Engine.components`; only pairs that were found alike come back to the driver."""
        components = Components(rows)
        blocks = [
            {"band": band, "first": first, "last": min(first + _ROWS_PER_BLOCK, rows)}
            for band in range(sketching.bands)
            for first in range(0, rows, _ROWS_PER_BLOCK)
        ]
        if not blocks:
            return components.labels()

        def keyed(batch: dict[str, NDArray[Any]]) -> Iterator[dict[str, NDArray[Any]]]:
            for band, first, last in zip(batch["band"], batch["first"], batch["last"], strict=True):
                keys = read_keys(folder, int(band))[int(first) : int(last)]
                yield {
                    # Bands are parted by key, so that texts alike in many bands spread.
                    "bucket": (keys % np.uint64(_BUCKETS)).astype(np.int32)
                    + np.int32(_BUCKETS) * np.int32(band),
                    "key": keys.view(np.int64),
                    "row": np.arange(first, last, dtype=np.int64),
                }

        def linked(group: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
            order = np.argsort(group["row"])
            place = group["row"][order].astype(np.uint32)
            prints = read_prints(folder, rows, sketching)[place]
            edges = verified_edges(group["key"][order].view(np.uint64), prints, sketching)
            return {"left": place[edges[:, 0]], "right": place[edges[:, 1]]}

        edges = (
            self._ray.data.from_items(blocks)
            .map_batches(keyed, batch_size=1)
            .groupby("bucket")
            .map_groups(linked, batch_format="numpy")
        )
        for batch in edges.iter_batches(batch_format="numpy"):
            components.link(batch["left"].astype(np.uint32), batch["right"].astype(np.uint32))
        return components.labels()


_BUCKETS = 16
"""Groups a band is parted into; each is linked by one task."""
