"""For whom a scheduled text comes out is kept beside its moment, so that the text that is out stays for whom it is."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_scheduled"
down_revision = "2026_11_28_reopened"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "schedule",
        sa.Column("article_id", number, nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("team_id", number, nullable=True),
        sa.Column("confidence", sa.String(length=20), nullable=False),
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.CheckConstraint("audience <> 'team' or team_id is not null", name=op.f("ck_schedule_team_audience")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_schedule_article_id_article"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_schedule_team_id_team"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("article_id", name=op.f("uq_schedule_article_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("schedule")
