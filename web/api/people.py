"""Who a key speaks for. Invariant: nothing about anybody else."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from web.api.shapes import Shape
from web.dependencies import SignedIn

router = APIRouter(tags=["people"])


class Me(Shape):
    """The person this request comes from."""

    name: str = Field(examples=["Ada"])
    email: str = Field(examples=["ada@example.com"])
    role: str = Field(description="`customer`, `agent`, `lead` or `operator`.", examples=["agent"])


@router.get("/me", summary="Who this key speaks for")
def me(viewer: SignedIn) -> Me:
    """Try a key with this."""
    return Me.model_validate(viewer)
