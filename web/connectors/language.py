"""A language model behind any address that speaks OpenAI's chat protocol.

Invariant: off unless the operator gave an address; only redacted text goes out; redirects are not followed.
Source: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from typing import Any, Final

import httpx2

from kb.errors import UnavailableError
from kb.redaction import RedactedText

PATIENCE: Final = httpx2.Timeout(60.0, connect=5.0)
LONGEST_ANSWER: Final = 400_000
"""Characters; a longer answer is not one."""
FAILED: Final = "The language model did not answer. The draft is as it was."


class ChatModel:
    """`url` is the address that ends in ``/v1``; `key` may be empty for a server of one's own."""

    def __init__(self, url: str, name: str, key: str = "", transport: httpx2.BaseTransport | None = None) -> None:
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._name = name
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._transport = transport

    def rewrite(self, instructions: str, text: RedactedText) -> str:
        question = {
            "model": self._name,
            "temperature": 0,
            "messages": [
                {"role": "system", "content": instructions},
                {"role": "user", "content": text.redacted},
            ],
        }
        try:
            with httpx2.Client(timeout=PATIENCE, transport=self._transport, trust_env=False) as client:
                answer = client.post(self._url, json=question, headers=self._headers)
            answer.raise_for_status()
            return _content(answer.json())
        except (httpx2.HTTPError, ValueError) as error:
            raise UnavailableError(FAILED) from error


def _content(answer: Any) -> str:  # noqa: ANN401 - whatever the other side sent
    try:
        content = answer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise UnavailableError(FAILED) from error
    if not isinstance(content, str) or not content.strip() or len(content) > LONGEST_ANSWER:
        raise UnavailableError(FAILED)
    return content
