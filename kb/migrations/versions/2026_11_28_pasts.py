"""A ticket keeps whom its requester belongs to, and what came before a ticket of a product or topic is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_pasts"
down_revision = "2026_11_28_read"
branch_labels = None
depends_on = None

NAMES = ("account", "company", "organisation", "organization")
INDEXES = {
    "ix_ticket_account": ("account",),
    "ix_ticket_product_created": ("product", "created_at"),
    "ix_ticket_product_escalated": ("product", "escalated", "resolved_at"),
    "ix_ticket_topic_created": ("topic", "created_at"),
    "ix_ticket_topic_escalated": ("topic", "escalated", "resolved_at"),
}
TICKET = sa.table(
    "ticket", sa.column("id", sa.BigInteger), sa.column("attributes", sa.JSON), sa.column("account", sa.String)
)


def upgrade() -> None:
    op.add_column("ticket", sa.Column("account", sa.String(length=200), nullable=False, server_default=sa.text("''")))
    _fill(op.get_bind())
    for name, columns in INDEXES.items():
        op.create_index(name, "ticket", list(columns), unique=False)


def _fill(connection: sa.Connection) -> None:
    """From what an import kept as an attribute."""
    rows = connection.execute(sa.select(TICKET.c.id, TICKET.c.attributes)).all()
    named = [(number, {key.casefold(): value for key, value in (kept or {}).items()}) for number, kept in rows]
    found = [
        {"number": number, "name": next(kept[one] for one in NAMES if kept.get(one))[:200]}
        for number, kept in named
        if any(kept.get(one) for one in NAMES)
    ]
    if found:
        statement = sa.update(TICKET).where(TICKET.c.id == sa.bindparam("number")).values(account=sa.bindparam("name"))
        connection.execute(statement, found)


def downgrade() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        for name in reversed(INDEXES):
            batch_op.drop_index(name)
        batch_op.drop_column("account")
