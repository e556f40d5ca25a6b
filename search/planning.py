"""What an index run must do. Invariant: pure; a changed text is embedded, changed metadata only rewritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.contract import Stamp

Known = Mapping[int, tuple[str, str]]
"""id → (text hash, metadata hash) of what an index holds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Ids by what happens to them, each list ascending."""

    embed: tuple[int, ...]
    update: tuple[int, ...]
    remove: tuple[int, ...]
    unchanged: int

    @property
    def empty(self) -> bool:
        return not (self.embed or self.update or self.remove)


def plan(known: Known, wanted: Sequence[Stamp], *, full: bool = False) -> Plan:
    """Compare what an index holds with what it should hold; `full` embeds everything again."""
    embed, update, unchanged = [], [], 0
    for stamp in wanted:
        held = known.get(stamp.id)
        if full or held is None or held[0] != stamp.text_hash:
            embed.append(stamp.id)
        elif held[1] != stamp.meta_hash:
            update.append(stamp.id)
        else:
            unchanged += 1
    remove = sorted(known.keys() - {stamp.id for stamp in wanted})
    return Plan(tuple(sorted(embed)), tuple(sorted(update)), tuple(remove), unchanged)
