"""Reads stack files without the engine: what `offline` and `live` both need. Imports neither."""
