"""Whether names of the hub can be asked for, or only what was downloaded before can be used."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

_SECONDS = 3.0


def only_local(name_or_folder: str) -> bool:
    """Tell whether to look on this machine alone: for a folder, and where the hub is out of reach.

    Without this, `transformers` tries for minutes, and tells of every try.

    Args:
        name_or_folder: as `transformers` takes it.
    """
    from huggingface_hub import constants

    if Path(name_or_folder).expanduser().is_dir() or constants.HF_HUB_OFFLINE:
        return True
    if getproxies():  # only the proxy knows
        return False
    hub = urlsplit(constants.ENDPOINT)
    port = hub.port or (80 if hub.scheme == "http" else 443)
    try:
        socket.create_connection((hub.hostname or "", port), _SECONDS).close()
    except OSError:
        return True
    return False
