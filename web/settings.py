"""Every setting there is. Invariant: each has a default, a meaning, and a row in the README (a test compares them)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from the environment, with the prefix ``DEFLECT_``."""

    model_config = SettingsConfigDict(env_prefix="DEFLECT_", extra="ignore")

    home: Path = Field(Path("deflect-home"), description="Folder of database, index, models and backups")
    database_url: str = Field("", description="SQLAlchemy URL of the records; empty means SQLite in the home")
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on")
    public_url: str = Field(
        "", pattern=r"^(https?://[^\s/?#@]+/?)?$",
        description="Address at which people reach the desk, such as `https://help.example.com`, for links in the feed and in "
        "replies; empty means the one that was asked",
    )  # fmt: skip
    worker: bool = Field(default=True, description="Whether `deflect serve` runs the background worker inside itself")
    secure_cookies: bool = Field(
        default=False, description="Set to true behind HTTPS: cookies are then sent over it only"
    )
    session_hours: int = Field(12, ge=1, le=720, description="Hours until a person must sign in again")
    encoder_threads: int = Field(1, ge=1, le=64, description="Threads of the sentence encoder for one question")
    index_threads: int = Field(2, ge=1, le=64, description="Threads of the sentence encoder for index runs")
    suggestions: int = Field(5, ge=1, le=20, description="Articles suggested on a page")
    answer_risk: float | None = Field(
        None, ge=0, le=1,
        description="Share of questions without an article that may be answered all the same, until a lead chooses; empty "
        "balances both errors",
    )  # fmt: skip
    tuned_from: int = Field(
        1500, ge=0,
        description="Solved, linked tickets from which on `deflect train` tunes the encoder as well, in minutes; 0 for never",
    )  # fmt: skip
    fewest_told: int = Field(
        5, ge=1, le=1000,
        description="Similar solved tickets below which whoever may not see them is not told how many there were",
    )  # fmt: skip
    models_kept: int = Field(
        10,
        ge=2,
        le=1000,
        description="Newest model versions that stay stored, besides what serves and what served before",
    )
    desk_name: str = Field("Help centre", description="Name shown at the top of every page")
    language_model_url: str = Field(
        "", description="Address ending in /v1 of a language model that may rephrase drafts; empty means none"
    )
    language_model_name: str = Field("", description="Which model to ask for there")
    language_model_key: str = Field("", description="Key for that address, if it wants one", repr=False)
    confluence_token: str = Field("", description="Token for reading from and writing to Confluence", repr=False)

    @property
    def url(self) -> str:
        """Where the records are."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'deflect.db'}"
