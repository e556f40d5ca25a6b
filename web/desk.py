"""The composition root: one desk, put together from its settings. Invariant: the only place that constructs engines."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb import database
from kb.errors import RecordsError
from kb.migrations import migrate
from kb.services.indexing import DatabaseSource
from kb.services.ledger import Interrupted
from kb.services.recurring import Clustering
from web.connectors.language import ChatModel
from web.settings import Settings

if TYPE_CHECKING:
    from classifier.engine import Engine as Escalation
    from search.engine import Engine as Search

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Threads that wait by spinning starve each other on a busy machine; it must be said before OpenMP is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


class Desk:
    """Records, engines and settings of one home."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def records(self) -> Engine:
        """The database, brought to the newest schema.

        Raises:
            RecordsError: the home cannot be written or the database cannot be used.
        """
        if not self.settings.database_url:
            _prepare(self.settings)
        engine = database.connect(self.settings.url)
        try:
            migrate(engine)
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", error)).splitlines()[0]
            raise RecordsError(
                f"The database cannot be used: {cause}. Check DEFLECT_DATABASE_URL or --home."
            ) from error
        return engine

    # The engines' libraries take seconds to import, and many commands need neither.
    @cached_property
    def search(self) -> Search:
        from search.engine import Engine as Search

        return Search(
            self.settings.home / "index",
            threads=self.settings.encoder_threads,
            index_threads=self.settings.index_threads,
            risk=self.settings.answer_risk,
            tuned_from=self.settings.tuned_from or None,
        )

    @cached_property
    def escalation(self) -> Escalation:
        from classifier.engine import Engine as Escalation

        return Escalation(self.settings.home / "models", kept=self.settings.models_kept)

    @cached_property
    def language_model(self) -> ChatModel | None:
        """None unless the operator gave an address."""
        settings = self.settings
        if not settings.language_model_url:
            return None
        return ChatModel(settings.language_model_url, settings.language_model_name, settings.language_model_key)

    def reading(self) -> AbstractContextManager[Session]:
        """A session that only looks."""
        return database.reading(self.records)

    def writing(self) -> AbstractContextManager[Session]:
        """A session that may change records; whoever opened it commits."""
        return database.writing(self.records)

    @property
    def cluster(self) -> Clustering:
        """What finds texts that say the same."""
        from classifier.clusters import cluster

        return cluster

    @property
    def interrupted(self) -> Interrupted:
        """What tells whether counts changed when something happened."""
        from classifier.series import interrupted

        return interrupted

    @property
    def source(self) -> DatabaseSource:
        """What the search engine indexes."""
        return DatabaseSource(self.reading)


def _prepare(settings: Settings) -> None:
    home = settings.home
    try:
        # Tickets and password hashes are nobody else's to read.
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise RecordsError(
            f"The home {home} cannot be written ({error.strerror}). Choose another with --home, or mend its permissions."
        ) from error
