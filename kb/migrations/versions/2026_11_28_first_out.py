"""An article keeps when it first came out: a draft may have waited for weeks, and what it spared counts from then on."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_first_out"
down_revision = "2026_11_28_scheduled"
branch_labels = None
depends_on = None

# An import publishes what it brings and writes no deed of its own; of the others the first deed tells.
KNOWN = """update article set first_published_at = (
    select min(at) from audit_entry where action = 'article published' and subject = 'article:' || article.slug
) where published_id is not null
    and exists (select 1 from revision where article_id = article.id and number = 1 and note <> 'imported')"""
OTHERS = """update article set first_published_at = (
    select min(created_at) from revision where article_id = article.id
) where published_id is not null and first_published_at is null"""


def upgrade() -> None:
    op.add_column("article", sa.Column("first_published_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(KNOWN)
    op.execute(OTHERS)


def downgrade() -> None:
    op.drop_column("article", "first_published_at")
