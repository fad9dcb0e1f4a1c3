"""Pinned upstream documents: read once, checked against the catalog's checksum, cached."""

from inference.documents.crds import CrdValue, load_crds

__all__ = ["CrdValue", "load_crds"]
