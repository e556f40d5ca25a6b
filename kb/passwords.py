"""Passwords. Invariant: only what verifies one is ever kept, and checking takes as long for an unknown name as for a known one.

Parameters and lengths are those of OWASP ASVS 5.0, level 2: argon2id with 19 MiB, two passes, one lane.
"""

from __future__ import annotations

import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from kb.errors import InvalidError

SHORTEST, LONGEST = 8, 128
GUESSED: Final = 2
"""Below this score of zxcvbn a password falls to the first million guesses or so."""
LONGEST_RATED: Final = 72
READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letter that looks like another: people type these."""
HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hashed(password: str, *known: str) -> str:
    """What verifies the password. `known` are words that must not carry it, such as the name.

    Raises:
        InvalidError: too short, too long, or among the first that anybody would try.
    """
    from zxcvbn import zxcvbn

    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidError(f"A password has {SHORTEST} to {LONGEST} characters.", field="password")
    if zxcvbn(password[:LONGEST_RATED], user_inputs=[word for word in known if word])["score"] < GUESSED:
        raise InvalidError("That password is easily guessed. Take a longer or less common one.", field="password")
    return HASHER.hash(password)


def generated() -> str:
    """A password that nobody guesses (about 79 bits), in four groups that can be read aloud."""
    letters = [secrets.choice(READABLE) for _ in range(16)]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, 16, 4))


def verified(password_hash: str, password: str) -> bool:
    """Whether that is the password; an empty hash belongs to nobody."""
    try:
        return HASHER.verify(password_hash or _nobody(), password[:LONGEST]) and bool(password_hash)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return HASHER.hash("nobody has this password")
