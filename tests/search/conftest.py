"""A small help centre, indexed once. Invariant: a test works on a copy of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from search.engine import Engine
from tests.search.shelf import Shelf, case, passage

ARTICLES = {
    1: (
        "Restore a lost bookmark",
        "From a backup",
        "Open the library, choose Restore and pick a date before the loss.",
    ),
    2: ("Print a receipt again", "", "Every receipt can be printed again for ninety days from the list of sales."),
    3: ("The card reader does not connect", "Bluetooth", "Switch the reader off, hold the button, and pair it again."),
    4: ("Change the address of the shop", "", "The new address stands on every receipt from the next day."),
    5: ("Close the day", "", "Count the drawer, note the difference, and confirm."),
    6: ("Set a new password", "You forgot it", "Ask for a link by mail; it works for one hour."),
    7: ("Refund a payment", "", "Open the payment and choose Refund; the money is back in five days."),
    8: ("The screen stays black", "", "Hold the power button for ten seconds, then start the till again."),
}
PRODUCTS = {3: ("Reader",), 8: ("Till",)}
AUDIENCES = {7: "internal", 5: "team:4"}
SOLVED = {
    101: "Reader will not pair with the till any more",
    102: "bookmarks vanished after the update",
    103: "customer wants the money back",
    104: "black display this morning",
}


def small_shelf() -> Shelf:
    return Shelf(
        {
            number: passage(number, words, audience=AUDIENCES.get(number, "public"), products=PRODUCTS.get(number, ()))
            for number, words in ARTICLES.items()
        },
        {number: case(number, subject) for number, subject in SOLVED.items()},
    )


@pytest.fixture
def shelf() -> Shelf:
    """What the small help centre holds."""
    return small_shelf()


@pytest.fixture(scope="session")
def indexed_once(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("indexed")
    (folder / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    Engine(folder, index_threads=1).index(small_shelf())
    return folder


@pytest.fixture
def indexed(indexed_once: Path, tmp_path: Path) -> Path:
    """The index folder of the small help centre, with one generation."""
    return Path(shutil.copytree(indexed_once, tmp_path / "index", symlinks=True))


@pytest.fixture
def serving(indexed: Path) -> Engine:
    """An engine on that folder."""
    return Engine(indexed, index_threads=1)
