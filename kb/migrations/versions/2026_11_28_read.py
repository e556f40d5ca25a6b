"""A suggestion keeps when it was opened: what came after reading an article tells more than what came after its title."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_read"
down_revision = "2026_11_28_first_out"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("suggestion", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("suggestion", "read_at")
