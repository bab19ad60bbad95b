"""Outputs appear whole or not at all, and never take the place of somebody's data."""

import errno
import os
from pathlib import Path

import pytest

from mapper.errors import InputError
from mapper.files import atomic_directory, atomic_file, read_json, write_json


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def write(path, files=("a", "b"), text="new"):
    with atomic_directory(path) as folder:
        for name in files:
            (folder / name).write_text(text)


def test_a_folder_replaces_its_older_self(tmp_path):
    write(tmp_path / "x" / "out", text="old")
    write(tmp_path / "x" / "out")
    assert names(tmp_path / "x") == ["out"] and names(tmp_path / "x" / "out") == ["a", "b"]
    assert (tmp_path / "x" / "out" / "a").read_text() == "new"
    write(tmp_path / "x" / "out", files=("a", "b", "c"))  # the older lacks a file: still ours
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty")


def test_foreign_files_stay(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match=r"holds other files \(thesis.tex, ...\)"):
        write(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a file of that name exists"):
        write(tmp_path / "file")
    assert names(tmp_path) == ["file", "thesis.tex"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
def test_nothing_is_left_when_the_work_fails(error, tmp_path):
    write(tmp_path / "out", text="old")
    with pytest.raises(error), atomic_directory(tmp_path / "out") as folder:
        (folder / "a").write_text("half")
        raise error
    for path in ("out/a", "file"):
        with pytest.raises(error), atomic_file(tmp_path / path) as file:
            file.write_text("half")
            raise error
    assert names(tmp_path) == ["out"] and names(tmp_path / "out") == ["a", "b"]
    assert (tmp_path / "out" / "a").read_text() == "old"


def test_the_old_folder_comes_back_when_the_new_cannot_take_its_place(tmp_path, monkeypatch):
    write(tmp_path / "out", text="old")
    real = Path.replace

    def replace(self, target):
        if (self / "a").exists() and (self / "a").read_text() == "new":
            raise OSError(errno.EIO, "disk on fire")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(InputError, match="disk on fire"):
        write(tmp_path / "out")
    assert names(tmp_path) == ["out"] and (tmp_path / "out" / "a").read_text() == "old"


def test_symbolic_links_are_written_through(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and names(tmp_path / "real") == ["a", "b"]
    (tmp_path / "there").write_text("old")
    (tmp_path / "here").symlink_to("there")
    write_json(tmp_path / "here", {"x": 1})
    assert (tmp_path / "here").is_symlink() and read_json(tmp_path / "there", "x") == {"x": 1}
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="cannot"):
        write(tmp_path / "loop" / "x")


def test_devices_are_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/null", tmp_path):
        with pytest.raises(InputError, match="exists and is not a file"):
            write_json(path, {})
    assert Path("/dev/null").is_char_device() and names(tmp_path) == ["pipe"]


def test_unwritable(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "x", tmp_path / ("n" * 300), "/proc/x", "/proc/x/y"):
        with pytest.raises(InputError, match="cannot"):
            write(path)
        with pytest.raises(InputError, match="cannot"):
            write_json(path, {})
    assert names(tmp_path) == ["file"]


def test_the_folder_you_are_in_is_not_pulled_away(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for path in (".", "..", tmp_path, "/"):
        with pytest.raises(InputError, match="the folder you are in"):
            write(path)
    write("sub")
    assert names(tmp_path / "here") == ["sub"]


def test_modes_let_others_read(tmp_path):
    write(tmp_path / "out")
    write_json(tmp_path / "out" / "x.json", {})
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "out" / "x.json").stat().st_mode & 0o777 == 0o644


def test_json_is_stable(tmp_path):
    write_json(tmp_path / "x", {"b": 1, "a": [2]})
    assert (tmp_path / "x").read_text() == '{\n "a": [\n  2\n ],\n "b": 1\n}\n'
    with pytest.raises(InputError, match=r"no such file \(expected facts\)"):
        read_json(tmp_path / "y", "facts")
    with pytest.raises(InputError, match="not a file"):
        read_json(tmp_path, "facts")
