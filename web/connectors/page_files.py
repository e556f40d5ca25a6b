"""Pictures and files that come with an article.

Invariant: what the text names by `file:NAME` leads to a file that is kept with it, or the name is taken out and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import unquote

from bs4 import BeautifulSoup

from kb.errors import InvalidError
from kb.services.attaching import file_name, kind_of

IN_MARKDOWN = re.compile(r"(!?)\[([^\]\n]{0,500})\]\(\s*<?file:([^)>\s]{1,500}(?: [^)>\s]{1,200}){0,10})>?\s*\)")


def kept(files: Mapping[str, bytes], dropped: Counter[str]) -> dict[str, bytes]:
    """Those of a kind that is kept, under names that are safe in an address."""
    found: dict[str, bytes] = {}
    for name, content in files.items():
        try:
            kind_of(content)
        except InvalidError:
            dropped["file that is no picture, PDF or plain text, or is too large"] += 1
            continue
        found[file_name(name)] = content
    return found


def in_html(html: str, slug: str, files: Mapping[str, bytes], dropped: Counter[str]) -> str:
    """The text with every `file:NAME` led to its place."""
    tree = BeautifulSoup(html, "lxml")
    for element in tree.find_all(src=re.compile("^file:")):
        name = file_name(unquote(str(element["src"])[5:]))
        if name in files:
            element["src"] = f"/files/{slug}/{name}"
        else:
            dropped["picture that is not there"] += 1
            element.decompose()
    for link in tree.find_all("a", href=re.compile("^file:")):
        name = file_name(unquote(str(link["href"])[5:]))
        if name in files:
            link["href"] = f"/files/{slug}/{name}"
        else:
            dropped["link to a file that is not there"] += 1
            link.unwrap()
    return tree.body.decode_contents() if tree.body else ""


def in_markdown(text: str, slug: str, files: Mapping[str, bytes], dropped: Counter[str]) -> str:
    """As `in_html`, for Markdown."""

    def led(match: re.Match[str]) -> str:
        mark, words, name = match[1], match[2], file_name(unquote(match[3]))
        if name in files:
            return f"{mark}[{words}](/files/{slug}/{name})"
        dropped["picture that is not there" if mark else "link to a file that is not there"] += 1
        return words

    return IN_MARKDOWN.sub(led, text)
