"""How wide a text may become, without a font at hand."""

from __future__ import annotations

from typing import Final

_EMS: Final[dict[str, float]] = (
    dict.fromkeys("ijl'|", 0.30)
    | dict.fromkeys(" .,:;-!()[]/\\·frtIJ", 0.42)
    | dict.fromkeys("sczkxyv", 0.60)
    | dict.fromkeys("mMWw@%…—", 1.0)
    | dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ&#+=<>~\N{MULTIPLICATION SIGN}", 0.84)
)
"""Widths in em, those of DejaVu Sans rounded up: the widest of the fonts that browsers take for `system-ui`."""

_LETTER: Final = 0.65
_OTHER: Final = 1.1
"""Of a character beyond ASCII, where nobody knows."""


def text_width(text: str, size: float) -> float:
    """An upper bound in pixels at this font size."""
    return size * sum(_EMS.get(char, _LETTER if char.isascii() else _OTHER) for char in text)


def fitted(text: str, width: float, size: float) -> str:
    """The text, or as much of both its ends as fits: what tells names apart stands at the end."""
    text = " ".join(text.split())
    if text_width(text, size) <= width:
        return text
    head, tail = text[: len(text) // 2], text[len(text) // 2 :]
    while head and text_width(f"{head}…{tail}", size) > width:
        if len(head) > len(tail):
            head = head[:-1]
        else:
            tail = tail[1:]
            head = head if len(head) <= len(tail) + 1 else head[:-1]
    return f"{head}…{tail}"
