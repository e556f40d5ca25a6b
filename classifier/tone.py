"""How a ticket is written, as numbers. Invariant: only counted, never quoted; the same text gives the same numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np

_CUES: Final[Mapping[str, tuple[str, ...]]] = {
    # Word beginnings in English, German, French and Spanish, as `features.normal` writes them (without accents).
    "words of urgency": (
        "urgent", "asap", "immediat", "critical", "emergency", "deadline", "right away", "as soon as possible",
        "dringend", "sofort", "eilig", "kritisch", "notfall", "urgence", "critique", "emergencia", "inmediat", "critico",
    ),
    "words of politeness": (
        "please", "thank", "kindly", "regards", "appreciate", "bitte", "danke", "vielen dank", "gruss", "merci",
        "s il vous plait", "cordialement", "gracias", "por favor", "saludos",
    ),
    "words of annoyance": (
        "unacceptable", "ridiculous", "frustrat", "disappoint", "angry", "terrible", "useless", "fed up", "still not",
        "again and again", "third time", "nobody", "inakzeptabel", "argerlich", "unverschamt", "schon wieder", "inadmissible",
        "scandale", "inaceptable", "harto",
    ),
    "requests for a manager": (
        "manager", "supervisor", "escalat", "team lead", "complain", "legal action", "lawyer", "vorgesetzt", "eskalier",
        "beschwer", "responsable", "superieur", "reclamation", "gerente", "encargado", "queja",
    ),
}  # fmt: skip
_FOUND: Final = {name: re.compile(r"\b(?:" + "|".join(map(re.escape, cues)) + ")") for name, cues in _CUES.items()}
_VERSION: Final = re.compile(r"\b\d+\.\d+(?:\.\d+)*\b")
_CODE: Final = re.compile(
    r"\b(?:0x[0-9a-f]{4,}|[A-Z][A-Z0-9]*_[A-Z0-9_]{3,}|(?:error|code|fehler)\W{0,3}\d{2,})\b", re.IGNORECASE
)
NAMES: Final = (
    "length of the text", "words in the text", "length of the subject", "lines", "question marks", "exclamation marks",
    "share of digits", "share of capitals", "version numbers", "error codes", *_CUES,
)  # fmt: skip


def tone(subject: str, body: str, plain: str) -> list[float]:
    """A number for each of `NAMES`; `plain` is the whole text as `features.normal` writes it."""
    text = f"{subject}\n{body}"
    size = max(1, len(text))
    return [
        float(np.log1p(len(body))), float(np.log1p(plain.count(" ") + bool(plain))), float(np.log1p(len(subject))),
        float(np.log1p(body.count("\n"))), float(min(9, text.count("?"))), float(min(9, text.count("!"))),
        sum(map(str.isdigit, text)) / size, sum(map(str.isupper, text)) / size,
        float(min(9, len(_VERSION.findall(text)))), float(min(9, len(_CODE.findall(text)))),
        *(float(min(9, len(found.findall(plain)))) for found in _FOUND.values()),
    ]  # fmt: skip
