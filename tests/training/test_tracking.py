from __future__ import annotations

import json

from diglot.training.tracking import METRICS, Tracker, read_metrics

VALUES = {"loss": 1.0, "tokens_per_second": 10.0}


def test_lines_after_the_step_to_go_on_from_are_dropped(tmp_path) -> None:
    with Tracker(tmp_path, 10, 0) as tracker:
        for step in range(1, 6):
            tracker.log(step, VALUES)
        tracker.log(5, {"loss": 2.0}, "validation")
    with (tmp_path / METRICS).open("a") as file:
        file.write('{"step": 6, "kind": "tr')  # cut short by a kill
    assert [line["step"] for line in read_metrics(tmp_path)] == [1, 2, 3, 4, 5, 5]
    with Tracker(tmp_path, 10, 3) as tracker:
        tracker.log(4, VALUES)
    assert [line["step"] for line in read_metrics(tmp_path)] == [1, 2, 3, 4]
    with Tracker(tmp_path, 10, 0) as tracker:  # killed before its first checkpoint
        tracker.log(1, VALUES)
    assert [line["step"] for line in read_metrics(tmp_path)] == [1]


def test_a_run_that_had_ended_is_evaluated_anew_at_its_end(tmp_path) -> None:
    for first in (0, 4):
        with Tracker(tmp_path, 4, first) as tracker:
            if not first:
                tracker.log(2, {"loss": 3.0}, "validation")
                tracker.log(4, VALUES)
            tracker.log(4, {"loss": 2.0}, "validation")
    kinds = [(line["step"], line["kind"]) for line in read_metrics(tmp_path)]
    assert kinds == [(2, "validation"), (4, "train"), (4, "validation")]


def test_every_line_is_an_object(tmp_path) -> None:
    with Tracker(tmp_path, 1, 0) as tracker:
        tracker.log(1, VALUES | {"lr": 1e-5})
    (line,) = (tmp_path / METRICS).read_text().splitlines()
    assert json.loads(line) == {"step": 1, "kind": "train", "lr": 1e-5} | VALUES


def test_other_processes_write_nothing(tmp_path, capsys) -> None:
    with Tracker(tmp_path, 1, 0, active=False) as tracker:
        tracker.log(1, VALUES)
        tracker.advance(1)
        tracker.say("nothing")
    assert not any(tmp_path.iterdir())
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_there_is_no_bar(tmp_path, capsys) -> None:
    with Tracker(tmp_path, 1, 0) as tracker:
        tracker.log(1, VALUES)
        tracker.advance(1)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_has_a_bar_with_speed_and_loss(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with Tracker(tmp_path, 4, 0) as tracker:
        tracker.log(2, VALUES | {"mfu": 0.25})
        tracker.advance(2)
        progress, _ = tracker._bar
        (task,) = progress.tasks
        assert (task.completed, task.total) == (2, 4)
        assert task.fields["speed"] == "loss 1.000  10 tokens/s  MFU 25%"
    assert capsys.readouterr().out == ""
