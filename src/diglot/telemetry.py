"""What libraries would send out or write to the home unasked is switched off.

They read these variables once, when they are first imported, so `diglot/__init__.py`, which runs
before every module of diglot, calls `switch_off`. Processes that are started inherit it.
"""

from __future__ import annotations

import os
from pathlib import Path

_OFF = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "DO_NOT_TRACK": "1",
}
"""ONNX Runtime from 1.29 on makes an id of the device and a database of events in the user's cache
folder as soon as it is imported, and uploads them. The others tell of versions and usage."""


def switch_off() -> None:
    """Refuse telemetry for this process and those it starts, whatever the user's settings are.

    Nothing here can take back a refusal: each value is the strictest that its library knows.
    """
    os.environ.update(_OFF)


def keep_fonts_in(folder: Path) -> None:
    """Have matplotlib keep its list of fonts in `folder`, unless the user has said where.

    By default it makes folders in the user's home. To be called before it is imported.
    """
    os.environ.setdefault("MPLCONFIGDIR", str(folder.absolute()))
