from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
import torch
from torch import nn

from diglot.errors import InputError, TrainingError
from diglot.training.averaging import average_checkpoints, interpolate
from diglot.training.gradients import Trained
from diglot.training.state import Checkpoints, State, read_weights, weights_of


def make(seed: int, width: int = 4) -> State:
    torch.manual_seed(seed)
    trained = Trained(nn.Sequential(nn.Linear(width, width), nn.BatchNorm1d(width)), ())
    return State(trained, torch.optim.AdamW(trained.parameters(), lr=0.1, fused=True))


def advance(state: State, steps: int = 1) -> State:
    for _ in range(steps):
        generator = torch.Generator().manual_seed(state.step)
        inputs = torch.randn(8, 4, generator=generator)
        state.trained.model(inputs).square().sum().backward()
        state.optimizer.step()
        state.optimizer.zero_grad()
        state.step += 1
        state.tokens += 8
    return state


def test_a_loaded_state_goes_on_bit_for_bit(tmp_path) -> None:
    checkpoints = Checkpoints(tmp_path, keep=5)
    state = advance(make(0), 3)
    state.first_loss = 1.5
    path = checkpoints.save(state)
    advance(state, 3)
    again = make(1)
    checkpoints.load(again, path)
    assert (again.step, again.tokens, again.first_loss) == (3, 24, 1.5)
    advance(again, 3)
    for name, value in weights_of(state.trained).items():
        assert torch.equal(value, weights_of(again.trained)[name]), name


def test_the_newest_are_kept(tmp_path) -> None:
    checkpoints = Checkpoints(tmp_path, keep=2)
    state = make(0)
    for _ in range(4):
        checkpoints.save(advance(state))
    assert [path.name for path in checkpoints.all()] == ["step-00000003", "step-00000004"]


@pytest.mark.parametrize("damage", ["cut", "changed", "missing", "json"])
def test_a_damaged_checkpoint_is_an_error_that_offers_the_one_before(tmp_path, damage) -> None:
    checkpoints = Checkpoints(tmp_path, keep=3)
    state = make(0)
    before = checkpoints.save(advance(state))
    path = checkpoints.save(advance(state))
    weights = path / "weights.safetensors"
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:-10])
    elif damage == "changed":
        content = bytearray((path / "optimizer.safetensors").read_bytes())
        content[-1] ^= 1
        (path / "optimizer.safetensors").write_bytes(content)
    elif damage == "missing":
        weights.unlink()
    else:
        (path / "progress.json").write_text("{")
    with pytest.raises(TrainingError) as error:
        checkpoints.load(make(1), path)
    assert str(path) in str(error.value)
    assert str(before) in str(error.value)
    shutil.rmtree(path)
    again = make(1)
    checkpoints.load(again, checkpoints.all()[-1])
    assert again.step == 1


@pytest.mark.parametrize("name", ["weights.safetensors", "optimizer.safetensors", "progress.json"])
def test_a_checkpoint_that_is_cut_off_anywhere_changes_nothing(tmp_path, name) -> None:
    checkpoints = Checkpoints(tmp_path, keep=3)
    state = advance(make(0))
    path = checkpoints.save(state)
    content = (path / name).read_bytes()
    rng = np.random.default_rng(0)
    for length in [0, len(content) - 2, *rng.integers(len(content) - 2, size=20)]:
        (path / name).write_bytes(content[:length])
        other = make(1)
        own = {key: value.clone() for key, value in weights_of(other.trained).items()}
        with pytest.raises(TrainingError, match=str(path)):
            checkpoints.load(other, path)
        assert (other.step, other.tokens) == (0, 0)
        assert all(torch.equal(own[key], value) for key, value in weights_of(other.trained).items())
    (path / name).write_bytes(content)
    checkpoints.load(make(1), path)


def test_a_checkpoint_of_another_model_is_refused(tmp_path) -> None:
    checkpoints = Checkpoints(tmp_path, keep=1)
    path = checkpoints.save(advance(make(0)))
    other = make(0)
    other.trained.model.append(nn.Linear(4, 4))
    with pytest.raises(InputError, match="another model"):
        checkpoints.load(other, path)


def test_a_full_disk_leaves_the_checkpoints_there_are(tmp_path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(command, check=False).returncode:
        pytest.skip("only root may mount")
    try:
        checkpoints = Checkpoints(disk / "checkpoints", keep=3)
        trained = Trained(nn.Linear(200, 200), ())  # 160 kB, and twice that for the moments
        state = State(trained, torch.optim.AdamW(trained.parameters(), fused=True), step=1)
        trained.model(torch.ones(1, 200)).sum().backward()
        state.optimizer.step()
        saved = checkpoints.save(state)
        state.step = 2
        (disk / "filler").write_bytes(b"0" * 2_300_000)
        with pytest.raises(TrainingError, match="No space left") as error:
            checkpoints.save(state)
        assert str(saved) in str(error.value)
        assert list((disk / "checkpoints").iterdir()) == [saved]
        checkpoints.load(state, saved)
        assert state.step == 1
        (disk / "filler").unlink()
        state.step = 2
        assert checkpoints.save(state) in checkpoints.all()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_averages_are_means_and_interpolation_goes_back_to_the_start(tmp_path) -> None:
    checkpoints = Checkpoints(tmp_path, keep=3)
    state = make(0)
    start = {name: value.clone() for name, value in weights_of(state.trained).items()}
    paths = [checkpoints.save(advance(state)) for _ in range(3)]
    mean = average_checkpoints(paths)
    name = "model.0.weight"
    expected = torch.stack([read_weights(path)[name] for path in paths]).mean(0)
    torch.testing.assert_close(mean[name], expected)
    half = interpolate(start, mean, 0.5)
    torch.testing.assert_close(half[name], (start[name] + mean[name]) / 2)
    assert torch.equal(interpolate(start, mean, 0.0)[name], mean[name])
    assert half["model.1.num_batches_tracked"].dtype == torch.int64
    with pytest.raises(InputError, match="other weights"):
        interpolate({"other": start[name]}, mean, 0.5)
    with pytest.raises(InputError, match="no checkpoints"):
        average_checkpoints([])
