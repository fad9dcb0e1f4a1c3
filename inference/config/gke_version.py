"""How versions of GKE, such as `1.34.1-gke.1829001`, are compared."""


def version_key(version: str) -> tuple[int, ...]:
    """The numbers of a version, to be compared."""
    return tuple(int(part) for part in version.replace("-gke", "").split("."))


def is_before(version: str, other: str) -> bool:
    """Whether a version is before another, as far as both say: `1.34` is not before `1.34.1`."""
    first, second = version_key(version), version_key(other)
    said = min(len(first), len(second))
    return first[:said] < second[:said]
