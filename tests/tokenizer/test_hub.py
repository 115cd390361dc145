from __future__ import annotations

import socket
from pathlib import Path

import pytest
from tests.processes import free_port

constants = pytest.importorskip("huggingface_hub.constants")
hub = pytest.importorskip("diglot.tokenizer.hub")


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, and no setting that keeps from the hub."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


def test_a_hub_that_answers_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        assert not hub.only_local("some/model")


def test_a_hub_out_of_reach_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{free_port()}")
    assert hub.only_local("some/model")


def test_a_folder_is_no_name_of_the_hub(tmp_path: Path) -> None:
    assert hub.only_local(str(tmp_path))


def test_a_name_is_refused_at_once_and_without_noise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("transformers")
    from diglot.errors import InputError
    from diglot.tokenizer import load_tokenizer

    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(InputError, match="no tokenizer 'no/such-model'"):
        load_tokenizer("no/such-model")
    assert "etry" not in capfd.readouterr().err
