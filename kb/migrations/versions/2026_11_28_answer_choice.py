"""At what risk something is called an answer is a lead's choice, and each choice is kept."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_answers"
down_revision = "2026_11_28_said"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "answer_choice",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("risk", sa.Double(), nullable=True),
        sa.Column("chosen_by_id", number, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.CheckConstraint("risk between 0 and 1", name=op.f("ck_answer_choice_risk")),
        sa.ForeignKeyConstraint(
            ["chosen_by_id"], ["account.id"], name=op.f("fk_answer_choice_chosen_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_choice")),
        sa.UniqueConstraint("number", name=op.f("uq_answer_choice_number")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("answer_choice")
