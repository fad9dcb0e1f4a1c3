"""Text of a stack file on its way to a terminal."""

from unicodedata import category


def printable(text: str) -> str:
    """The text with control characters written out: an escape sequence is shown, not obeyed."""
    return "".join(
        letter if letter == "\n" or category(letter)[0] != "C" else f"\\x{ord(letter):02x}"
        for letter in text
    )
