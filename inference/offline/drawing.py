"""What the pictures of a plan share: paper, colours in light and dark, text."""

from typing import Final
from xml.etree import ElementTree as ET

MARGIN: Final = 20
CRITICAL: Final = "#e91e63"
"""Colour of the way to the first token, on light and on dark paper."""
TITLE: Final = 46
"""Height of title and note, in pixels."""
_STYLE: Final = """
.name { font: 600 12px system-ui, sans-serif; fill: #1a237e }
.title { font: 600 17px system-ui, sans-serif; fill: #1a237e }
.note { font: 12px system-ui, sans-serif; fill: #607d8b }
.paper { fill: #fafbff }
@media screen and (prefers-color-scheme: dark) {
  .paper { fill: #12151f } .name, .title { fill: #c5cae9 } .note { fill: #90a4ae }
}
"""


def paper(*, width: float, height: float, style: str, label: str, role: str = "img") -> ET.Element:
    """An empty picture of a size in pixels, with the styles of its own parts."""
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width:g} {height:g}",
            "width": f"{width:g}",
            "height": f"{height:g}",
            "role": role,
            "aria-label": label,
        },
    )
    ET.SubElement(root, "style").text = _STYLE + style
    ET.SubElement(root, "rect", {"width": "100%", "height": "100%", "class": "paper"})
    return root


def text(parent: ET.Element, x: float, y: float, style: str, content: str) -> None:
    """A line of text at a place."""
    node = ET.SubElement(parent, "text", {"x": f"{x:g}", "y": f"{y:g}", "class": style})
    node.text = content


def heading(parent: ET.Element, title: str, note: str) -> None:
    """Title and note at the top."""
    text(parent, MARGIN, MARGIN + 8, "title", title)
    text(parent, MARGIN, MARGIN + 28, "note", note)


def as_text(picture: ET.Element) -> str:
    """The picture as a document."""
    ET.indent(picture)
    return ET.tostring(picture, encoding="unicode") + "\n"
