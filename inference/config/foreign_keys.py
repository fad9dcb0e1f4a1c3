"""Keys of the stack file that are not this program's: misspelt namespaces, and those unread."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from inference.config.finding import PROJECT, Finding
from inference.config.nearest import nearest

PROVIDERS: Final = ("gcp", "kubernetes", "pulumi")
"""Namespaces of the engine and of providers that the program uses."""
READ: Final = frozenset({"gcp:project", "gcp:region"})
"""Keys of providers that the program reads."""
_OTHERS: Final = frozenset({"aws", "azure-native", "docker", "google-native", "github", "random"})
"""Providers whose keys do no harm here."""


def unread(keys: Iterable[str]) -> list[str]:
    """Keys of the gcp and kubernetes providers that the program does not hand to its own.

    Default providers, which would read them, are switched off.
    """
    return sorted(
        key for key in keys if key.startswith(("gcp:", "kubernetes:")) and key not in READ
    )


def problems(keys: Iterable[str], projects: Collection[str]) -> Iterator[Finding]:
    """Findings about namespaces that are neither the project's nor a provider's."""
    for key in sorted(keys):
        namespace, separator, name = key.partition(":")
        if not separator or namespace in {*PROVIDERS, *_OTHERS, *projects}:
            continue
        right = f"{nearest(namespace, [*projects, *PROVIDERS]) or PROJECT}:{name}"
        yield Finding(
            id="config.unknown-namespace",
            path=key,
            message=f"{namespace} is neither this project nor a provider, so the key would have no "
            "effect",
            fix=f"rename it to `{right}` in the stack file, or remove it",
        )
