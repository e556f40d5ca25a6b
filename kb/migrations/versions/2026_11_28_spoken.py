"""An article keeps its language, and what was said of articles is found by when it was said: a ranker hears both."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_spoken"
down_revision = "2026_11_28_pasts"
branch_labels = None
depends_on = None

OUTDATED = sa.text("verdict = 'outdated'")


def upgrade() -> None:
    op.add_column("article", sa.Column("locale", sa.String(length=35), nullable=False, server_default=""))
    op.create_index("ix_article_vote_said", "article_vote", ["at", "article_id", "helpful"])
    op.create_index(
        "ix_suggestion_outdated", "suggestion", ["verdict_at", "article_id"],
        sqlite_where=OUTDATED, postgresql_where=OUTDATED,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_suggestion_outdated", "suggestion")
    op.drop_index("ix_article_vote_said", "article_vote")
    op.drop_column("article", "locale")
