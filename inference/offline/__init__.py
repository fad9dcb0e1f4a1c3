"""Runs `__main__.py` without an engine: plan, render and graph. Imports nothing from `live`."""
