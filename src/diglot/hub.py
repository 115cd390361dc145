"""Names on the Hugging Face hub, which are the one thing that a model may be fetched for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from diglot.paths import is_folder

_SECONDS = 5.0


def only_local(source: str) -> bool:
    """Whether a folder or name is to be read without the network.

    So are folders, and names if the hub cannot be reached: what is in its cache is used then, and
    nobody waits for a minute of retries. The network is asked for a name alone, once.

    Args:
        source: a folder, or a name on the hub.
    """
    return is_folder(Path(source)) or not _is_reachable()


@cache
def _is_reachable() -> bool:
    from huggingface_hub import constants, get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=_SECONDS)
    except Exception:  # no network, no name, a proxy's answer, HF_HUB_OFFLINE: each has its class
        return False
    return True
