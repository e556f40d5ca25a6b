"""Alembic's entry: the connection comes from the caller. Invariant: no configuration file and no environment is read."""

from alembic import context
from sqlalchemy import Connection

from kb.models import Base


def run() -> None:
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transaction_per_migration=True,
    )
    context.run_migrations()


run()
