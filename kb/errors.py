"""What can go wrong, by name. Invariant: no HTTP here; the edge picks the status.

DeflectError
├── NotFoundError          nothing there, or not for this viewer
├── NotAllowedError        known, but this role may not do that
├── SignInError            wrong name or password, or too many attempts
├── ConflictError          somebody else was first
├── InvalidError           a field does not hold what it should
├── UnavailableError       an engine cannot answer now; the rest goes on
└── RecordsError           the database cannot be used as it is
    ├── SchemaTooNewError
    └── SchemaTooOldError
"""

from __future__ import annotations


class DeflectError(Exception):
    """Base of all; `message` is one plain sentence for a person and `code` a word for a program."""

    code = "error"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFoundError(DeflectError):
    """Nothing there, or nothing that this viewer may know of."""

    code = "not_found"


class NotAllowedError(DeflectError):
    """The viewer's role may not do that."""

    code = "not_allowed"


class SignInError(DeflectError):
    """Wrong name or password, a dead session, or too many attempts."""

    code = "not_signed_in"


class TooManyAttemptsError(SignInError):
    """Sign-in is paused for a while."""

    code = "too_many_attempts"


class ConflictError(DeflectError):
    """The record changed meanwhile; nothing was overwritten."""

    code = "conflict"


class InvalidError(DeflectError):
    """A field does not hold what it should; `field` names it."""

    code = "invalid"


class UnavailableError(DeflectError):
    """An engine cannot answer at the moment; everything else goes on."""

    code = "unavailable"


class RecordsError(DeflectError):
    """The database cannot be used as it is."""

    code = "records"


class SchemaTooNewError(RecordsError):
    """The database was written by a newer Deflect."""


class SchemaTooOldError(RecordsError):
    """The database must be migrated first."""
