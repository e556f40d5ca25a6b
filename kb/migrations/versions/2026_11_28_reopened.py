"""A ticket keeps when it was last opened again, so that what was called its answer before counts less."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_reopened"
down_revision = "2026_11_28_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_column("reopened_at")
