from __future__ import annotations

from tests.index.conftest import (  # the same fixtures
    cache,
    fresh_index,
    models_loaded_once,
    no_user_settings,
    open_index,
    root,
    write,
)
