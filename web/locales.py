"""The language of a reply. Invariant: a page speaks a language that has a catalogue, and writes dates the reader's way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

FOLDER: Final = Path(__file__).parent / "translations"
"""``LANGUAGE/LC_MESSAGES/deflect.mo``, made with pybabel from what `_`, `N_` and templates mark."""
DOMAIN: Final = "deflect"
SOURCE_LANGUAGE: Final = "en"
LONGEST_HEADER: Final = 200


@dataclass(frozen=True, slots=True)
class Speech:
    """One reader's language: the catalogue for words, the territory for dates and numbers."""

    locale: Locale
    catalogue: NullTranslations

    @property
    def lang(self) -> str:
        """For the page's `lang` attribute."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return str(self.locale.text_direction)

    def date(self, moment: datetime) -> str:
        return str(format_date(moment, "medium", locale=self.locale))

    def moment(self, moment: datetime) -> str:
        return str(format_datetime(moment, "medium", locale=self.locale))

    def ago(self, moment: datetime, now: datetime) -> str:
        """Such as “3 hours ago”; a clock that went backwards gives “0 seconds ago”, never the future."""
        # The smallest step back keeps “ago” where no time has passed.
        passed = max(now - moment, timedelta(microseconds=1))
        return str(format_timedelta(-passed, add_direction=True, locale=self.locale))

    def span(self, length: timedelta) -> str:
        """Such as “3 hours”."""
        return str(format_timedelta(length, locale=self.locale))

    def number(self, value: float) -> str:
        return str(format_decimal(value, locale=self.locale))

    def percent(self, share: float) -> str:
        return str(format_percent(share, locale=self.locale))


@lru_cache(maxsize=64)
def speech_of(accepted: str, folder: Path = FOLDER) -> Speech:
    """The best of what a browser accepts (an ``Accept-Language`` header) and we have a catalogue for."""
    known = {SOURCE_LANGUAGE, *(path.parent.parent.name for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))}
    for tag in _by_preference(accepted):
        locale = _locale(tag)
        if locale is not None and locale.language in known:
            return Speech(locale, _catalogue(folder, locale.language))
    return Speech(Locale(SOURCE_LANGUAGE), NullTranslations())


def _catalogue(folder: Path, language: str) -> NullTranslations:
    return NullTranslations() if language == SOURCE_LANGUAGE else Translations.load(str(folder), [language], DOMAIN)


def _by_preference(accepted: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in accepted[:LONGEST_HEADER].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weighted.append((-float(quality or 1), tag.strip()))
        except ValueError:
            continue
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]


def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None


_speaking: ContextVar[Speech | None] = ContextVar("speaking", default=None)


def current() -> Speech:
    """What the reply at hand speaks."""
    return _speaking.get() or speech_of("")


@contextmanager
def speaking(speech: Speech) -> Iterator[None]:
    """Let everything inside speak that language."""
    token = _speaking.set(speech)
    try:
        yield
    finally:
        _speaking.reset(token)


def gettext(message: str) -> str:
    """`message` in the reader's language."""
    # An empty msgid would give the catalogue's own header.
    return str(current().catalogue.ugettext(message)) if message else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """One of two forms, or of as many as the language has."""
    return str(current().catalogue.ungettext(singular, plural, count))


_: Final[Callable[[str], str]] = gettext


def N_(message: str) -> str:  # noqa: N802 - the name that extractors know
    """Marks a sentence for translation where it is written down before there is a reader."""
    return message
