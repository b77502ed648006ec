"""What is painted: rectangles, texts, arrows, all with positions in pixels."""

from __future__ import annotations

from dataclasses import dataclass

from stacks.report.html.text_width import text_width


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `y` is the baseline."""

    text: str
    x: float
    y: float
    size: float
    css: str
    href: str = ""
    full: str = ""
    end: bool = False
    """Whether it ends at `x`."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom; an upper bound."""
        width = text_width(self.text, self.size)
        left = self.x - width if self.end else self.x
        return left, self.y - self.size * 0.95, left + width, self.y + self.size * 0.28


@dataclass(frozen=True, slots=True)
class Rect:
    """A box, with its texts."""

    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]
    css: str = ""
    icon: str = ""
    mark: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line between two nodes."""

    d: str
    label: Text | None
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole drawing, in the order of painting: boxes, arrows, nodes."""

    width: float
    height: float
    boxes: tuple[Rect, ...]
    arrows: tuple[Arrow, ...]
    nodes: tuple[Rect, ...]

    @property
    def texts(self) -> list[Text]:
        """Every text."""
        labels = [arrow.label for arrow in self.arrows if arrow.label]
        return [*(text for rect in (*self.boxes, *self.nodes) for text in rect.texts), *labels]
