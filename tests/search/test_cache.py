from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from search.cache import ASKED_AT_ONCE, VectorCache
from search.contract import Vectors
from search.recipe import DIMENSIONS

ROOT = Path(__file__).parents[2]
TEXTS = {"h1": "first text", "h2": "second text"}


def vector(value: float) -> Vectors:
    return np.full(DIMENSIONS, value, dtype=np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A cache that knows two texts."""
    with VectorCache(tmp_path / "vectors.sqlite", "recipe") as cache:
        cache.put(TEXTS, {"h1": vector(1), "h2": vector(2)})
    return tmp_path / "vectors.sqlite"


def known(path: Path, texts: dict[str, str] = TEXTS, recipe: str = "recipe") -> dict[str, float]:
    with VectorCache(path, recipe) as cache:
        return {key: float(found[0]) for key, found in cache.get(texts).items()}


def test_a_vector_comes_back_for_its_text(path: Path) -> None:
    assert known(path) == {"h1": 1.0, "h2": 2.0}
    with VectorCache(path, "recipe") as cache:
        np.testing.assert_array_equal(cache.get({"h1": "first text"})["h1"], vector(1))
        assert cache.get({}) == {}


def test_another_text_under_the_same_hash_is_not_found(path: Path) -> None:
    assert known(path, {"h1": "changed meanwhile", "h2": "second text"}) == {"h2": 2.0}


def test_another_recipe_finds_nothing(path: Path) -> None:
    assert known(path, recipe="another") == {}
    assert known(path) == {"h1": 1.0, "h2": 2.0}


def test_a_later_vector_takes_the_place_of_an_earlier_one(path: Path) -> None:
    with VectorCache(path, "recipe") as cache:
        cache.put(TEXTS, {"h1": vector(7)})
    assert known(path) == {"h1": 7.0, "h2": 2.0}


def test_more_than_a_statement_can_ask_for(path: Path) -> None:
    many = {f"m{number}": f"text {number}" for number in range(2 * ASKED_AT_ONCE + 1)}
    with VectorCache(path, "recipe") as cache:
        cache.put(many, {key: vector(number) for number, key in enumerate(many)})
    assert known(path, many) == {key: float(number) for number, key in enumerate(many)}


def test_what_is_no_longer_wanted_is_forgotten_to_the_last_byte(path: Path) -> None:
    with VectorCache(path, "recipe") as cache:
        cache.put({"canary-hash": "x"}, {"canary-hash": vector(3)})
        cache.keep_only(["h2"])
        cache.keep_only(["h2"])
    assert known(path, TEXTS | {"canary-hash": "x"}) == {"h2": 2.0}
    assert b"canary-hash" not in path.read_bytes()


def test_keeping_forgets_other_recipes(path: Path) -> None:
    with VectorCache(path, "another") as cache:
        cache.keep_only(["h1", "h2"])
    assert known(path) == {}


@pytest.mark.parametrize("harm", ["empty", "text", "cut", "zeroed", "header"])
def test_a_damaged_file_starts_anew_or_is_whole(path: Path, harm: str) -> None:
    content = path.read_bytes()
    path.write_bytes({
        "empty": b"", "text": b"not a database at all, but long enough to look like one " * 100,
        "cut": content[: len(content) // 2], "zeroed": bytes(len(content)), "header": b"\0" * 100 + content[100:],
    }[harm])  # fmt: skip
    assert known(path) == {}
    with VectorCache(path, "recipe") as cache:
        cache.put(TEXTS, {"h1": vector(1)})
    assert known(path) == {"h1": 1.0}


def test_a_vector_of_another_length_is_not_handed_out(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("UPDATE vector SET data = ? WHERE text = 'h1'", (b"\0" * 128 * 4,))
    database.commit()
    database.close()
    assert known(path) == {"h2": 2.0}


def test_a_file_of_another_layout_starts_anew(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 1")
    database.commit()
    database.close()
    assert known(path) == {}


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from search.cache import VectorCache

with VectorCache(Path(sys.argv[1]), "recipe") as cache:
    for number in range(1000):
        key = f"k{number}"
        cache.put({key: key}, {key: np.full(384, number, dtype=np.float32)})
        print(key, flush=True)
"""


def test_a_kill_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    writer = subprocess.Popen([sys.executable, "-c", KILLED, path], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    kept = [writer.stdout.readline().strip() for _ in range(20)]
    writer.kill()
    kept += writer.communicate()[0].split()
    assert writer.returncode == -signal.SIGKILL
    assert set(known(path, {key: key for key in kept})) == set(kept)
