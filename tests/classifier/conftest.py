from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from classifier.engine import Engine
from tests.classifier import desk


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one trained version; copy it before changing it."""
    folder = tmp_path_factory.mktemp("models")
    Engine(folder).train(desk.examples(), now=desk.START)
    return folder


@pytest.fixture
def folder(stored: Path, tmp_path: Path) -> Path:
    """A copy of one's own of the folder with one trained version."""
    return Path(shutil.copytree(stored, tmp_path / "models"))


@pytest.fixture(scope="session")
def engine(stored: Path) -> Engine:
    """An engine that only predicts."""
    return Engine(stored)
