"""Words that mean the same at this desk. Invariant: a lead has decided on every row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from kb.models.base import Base, Identified


class SynonymGroup(Identified, Base):
    """Words and phrases of which any finds what the others say; or, declined, ones that are not to be proposed again."""

    __tablename__ = "synonym_group"

    words: Mapped[list[str]] = mapped_column(default=list)
    declined: Mapped[bool] = mapped_column(default=False, index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime]
