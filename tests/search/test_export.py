from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from search import export
from search.contract import SearchError
from search.embedding import Encoder
from search.export import ensure, is_whole
from search.files import read_manifest
from search.recipe import DIMENSIONS, GRAPH, TOKENIZER, Recipe
from search.samples import SAMPLES
from tests.search.poison import POISON

ROOT = Path(__file__).parents[2]


def made(encoder_folder: Path) -> Path:
    (found,) = encoder_folder.glob("encoder-*")
    return found


@pytest.fixture
def copy(encoder_folder: Path, tmp_path: Path) -> Path:
    """A copy of one's own of the exported encoder."""
    return Path(shutil.copytree(made(encoder_folder), tmp_path / "encoders" / made(encoder_folder).name))


@pytest.fixture
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """An export would take half a minute: whoever starts one is told so at once."""

    def refused(*_: object, **__: object) -> None:
        raise OSError("an export was started")

    monkeypatch.setattr(subprocess, "run", refused)


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> Encoder:
    return Encoder(made(encoder_folder))


def test_the_manifest_says_what_was_made_and_how_well(encoder_folder: Path) -> None:
    manifest = read_manifest(made(encoder_folder))
    assert set(manifest["files"]) == {GRAPH, TOKENIZER}
    assert {key: manifest[key] for key in Recipe.current().to_dict()} == Recipe.current().to_dict()
    assert manifest["agreement"]["n"] == len(SAMPLES)
    assert 0.99 <= manifest["agreement"]["mean"] <= 1.0
    assert made(encoder_folder).name == f"encoder-{Recipe.current().fingerprint[:16]}"


def test_what_is_whole_is_not_made_again(copy: Path, no_export: None) -> None:
    assert ensure(copy.parent) == copy


@pytest.mark.parametrize("name", [GRAPH, TOKENIZER, "manifest.json"])
@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "gone"])
def test_what_is_damaged_is_made_again(copy: Path, no_export: None, name: str, harm: str) -> None:
    path = copy / name
    content = bytearray(path.read_bytes())
    if harm == "gone":
        path.unlink()
    elif harm == "flip":
        content[len(content) // 2] ^= 0x10
        path.write_bytes(content)
    else:
        path.write_bytes(content[: len(content) // 2] if harm == "cut" else b"")
    assert not is_whole(copy)
    with pytest.raises(SearchError, match="could not be prepared: an export was started"):
        ensure(copy.parent)


def test_a_manifest_that_was_changed_is_not_believed(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {"pooling": "max"}))
    assert not is_whole(copy)


def test_a_failed_export_says_why_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 'Traceback' >&2; echo 'No space left on device' >&2; exit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(SearchError, match="could not be prepared: No space left on device"):
        ensure(tmp_path / "encoders")
    assert [path.name for path in (tmp_path / "encoders").iterdir()] == ["export.lock"]


def test_what_a_killed_export_left_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stray = tmp_path / "encoders" / ".encoder-killed"
    stray.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SearchError, match="no message"):
        ensure(tmp_path / "encoders")
    assert not stray.exists()


def test_a_slow_export_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(export, "PATIENCE", 1)
    with pytest.raises(SearchError, match="within 0 minutes") as told:
        ensure(tmp_path / "encoders")
    assert str(tmp_path) not in str(told.value), "where things lie is not for a page"


def test_rows_of_length_one_in_the_order_of_the_texts(encoder: Encoder) -> None:
    texts = ["a far longer text than the others, about nothing in particular " * 5, "short", "reset my password"]
    vectors = encoder.encode(texts)
    assert vectors.shape == (3, DIMENSIONS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    for row, text in zip(vectors, texts, strict=True):
        assert row @ encoder.encode([text])[0] > 0.97
    assert encoder.encode([]).shape == (0, DIMENSIONS)


def test_company_in_a_batch_changes_little(encoder: Encoder) -> None:
    alone = np.stack([encoder.encode([text])[0] for text in SAMPLES])
    cosines = (encoder.encode(SAMPLES) * alone).sum(axis=1)
    assert cosines.min() > 0.95
    assert cosines.mean() > 0.985


def test_like_meanings_are_near(encoder: Encoder) -> None:
    asked, near, far = encoder.encode([
        "How do I reset my password?", "I forgot my login and need a new one", "The printer is out of paper",
    ])  # fmt: skip
    assert asked @ near > asked @ far + 0.2


@pytest.mark.parametrize("name", POISON)
def test_any_text_has_a_vector(encoder: Encoder, name: str) -> None:
    (vector,) = encoder.encode([POISON[name]])
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)


def test_torch_stays_out_of_the_serving_process(encoder_folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from search.encoders import Encoders\n"
        "Encoders(Path(sys.argv[1])).get(1).encode(['hello'])\n"
        "sys.exit(' '.join({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, encoder_folder], cwd=ROOT, check=False, capture_output=True, text=True,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
