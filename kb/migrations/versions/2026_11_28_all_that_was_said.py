"""A prediction keeps all that was said: the level, what makes it weaker than usual, and what would change it."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_said"
down_revision = "2026_11_24_first"
branch_labels = None
depends_on = None

ADDED = ("level", "notes", "changes")


def upgrade() -> None:
    # The defaults stay: taking them away would have SQLite write the table anew, and lose that no number is given twice.
    op.add_column("prediction", sa.Column("level", sa.String(length=20), nullable=False, server_default=sa.text("''")))
    op.add_column("prediction", sa.Column("notes", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("prediction", sa.Column("changes", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    for name in reversed(ADDED):
        op.drop_column("prediction", name)
