"""Finished shards of interrupted runs: kept for the same run, for no other."""

import numpy as np
import pytest

from cosim.partial import open_partial, partial_folder, source_sha256
from cosim.shards import Shard
from mapper.errors import InputError

FACTS = {"network": "a" * 64, "data": {"first": 0, "count": 9}, "stalls": (0.5, 0.5)}
ONE, TWO = Shard(0, 5), Shard(5, 4)


class Killed(BaseException):
    pass


def interrupted(output, facts=FACTS, note=pytest.fail):
    """A run that ends after its first shard."""
    with pytest.raises(Killed), open_partial(output, facts, note) as partial:
        partial.store(ONE, {"values": np.arange(5)})
        raise Killed


def test_a_run_goes_on(tmp_path):
    interrupted(tmp_path / "out")
    with open_partial(tmp_path / "out", FACTS, pytest.fail) as partial:
        assert partial.load(ONE)["values"].tolist() == [0, 1, 2, 3, 4]
        assert partial.load(TWO) is None
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("key", FACTS)
def test_shards_of_another_run_are_discarded_and_named(tmp_path, key):
    interrupted(tmp_path / "out")
    said = []
    with open_partial(tmp_path / "out", FACTS | {key: "other"}, said.append) as partial:
        assert partial.load(ONE) is None
    (message,) = said
    assert message.startswith(f"{tmp_path}/out.partial holds shards of a run with other {key}:")


def test_a_damaged_shard_is_done_again(tmp_path):
    interrupted(tmp_path / "out")
    file = partial_folder(tmp_path / "out") / "shard-0-5.npz"
    content = file.read_bytes()
    for damaged in (content[: len(content) // 2], b"", content.replace(b"\x03", b"\x04")):
        file.write_bytes(damaged)
        with pytest.raises(Killed), open_partial(tmp_path / "out", FACTS, pytest.fail) as partial:
            assert partial.load(ONE) is None
            raise Killed


def test_a_failure_before_any_shard_leaves_nothing(tmp_path):
    with pytest.raises(InputError), open_partial(tmp_path / "out", FACTS, pytest.fail):
        raise InputError("bad")
    assert not any(tmp_path.iterdir())


def test_a_killed_start_is_no_obstacle(tmp_path):
    folder = partial_folder(tmp_path / "out")
    folder.mkdir()
    for leftover in (".lock", ".run.json.abc", ".shard-0-5.npz.xyz"):
        (folder / leftover).touch()
    with open_partial(tmp_path / "out", FACTS, pytest.fail) as partial:
        assert partial.load(ONE) is None
        assert {file.name for file in folder.iterdir()} == {".lock", "run.json"}


def test_others_files_stay(tmp_path):
    folder = partial_folder(tmp_path / "out")
    folder.mkdir()
    (folder / "thesis.txt").touch()
    with pytest.raises(InputError, match="holds other files"):
        with open_partial(tmp_path / "out", FACTS, pytest.fail):
            pass
    assert [file.name for file in folder.iterdir()] == ["thesis.txt"]


def test_one_process_at_a_time(tmp_path):
    with open_partial(tmp_path / "out", FACTS, pytest.fail):
        with pytest.raises(InputError, match="another process is working on this run"):
            with open_partial(tmp_path / "out", FACTS, pytest.fail):
                pass


def test_the_code_is_one_of_the_facts(tmp_path, monkeypatch):
    before = source_sha256()
    monkeypatch.setattr("cosim.partial._PACKAGES", ("mapper", "rtl"))
    assert source_sha256() != before
