"""Quantities of Kubernetes, as the API server gives them back: another spelling would be drift."""

_MILLI = 1000
_KIBI = 1024


def plain(amount: float) -> str:
    """A number, such as of CPUs: whole, or in thousandths."""
    thousandths = round(amount * _MILLI)
    whole, rest = divmod(thousandths, _MILLI)
    return f"{thousandths}m" if rest else f"{whole}"


def gibibytes(amount: int) -> str:
    """A size, in GiB or whole TiB."""
    whole, rest = divmod(amount, _KIBI)
    return f"{amount}Gi" if rest else f"{whole}Ti"
