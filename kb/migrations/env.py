"""Alembic's entry: the connection comes from the caller. Invariant: no configuration file and no environment is read."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from kb.models import Base
from kb.models.base import Instant


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:  # noqa: ANN401 - Alembic's own types
    """History names no class of ours, which may change after it."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def run() -> None:
    """Run what the caller asked for, on the caller's connection."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=render,
        transaction_per_migration=True,
    )
    context.run_migrations()


run()
