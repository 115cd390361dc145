from __future__ import annotations

from benchmarks.provenance import files_sha256, hardware, package_versions


def test_hash_sees_names_and_contents_but_not_order(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    both = files_sha256(tmp_path, [first, second])
    assert files_sha256(tmp_path, [second, first]) == both
    second.write_bytes(b"other")
    assert files_sha256(tmp_path, [first, second]) != both
    second.write_bytes(b"two")
    assert files_sha256(tmp_path, [first, second.rename(tmp_path / "c")]) != both


def test_versions_name_what_is_and_what_is_not_installed():
    versions = package_versions()
    assert versions["numpy"][0].isdigit()
    assert set(versions) >= {"diglot", "semble", "model2vec"}


def test_hardware_is_one_line():
    assert "\n" not in hardware()
    assert "processors" in hardware()
