"""The picture of packages and their imports in docs/architecture.md, from the code itself."""

from typing import Final

import grimp

from inference.offline.layers import Box, picture

_ROOTS: Final = ("components", "inference")
_PROGRAM: Final = "__main__"


def imports() -> dict[str, set[str]]:
    """Which imports which: packages and modules of the second level, such as `inference.config`."""
    graph = grimp.build_graph(*_ROOTS, cache_dir=None)
    found: dict[str, set[str]] = {}
    for module in graph.modules - set(_ROOTS):
        importer = _second_level(module)
        imported = map(_second_level, graph.find_modules_directly_imported_by(module))
        found.setdefault(importer, set()).update(set(imported) - {importer, *_ROOTS})
    return {name: others for name, others in found.items() if not name.endswith(_PROGRAM)}


def _second_level(module: str) -> str:
    return ".".join(module.split(".")[:2])


def svg() -> str:
    """The picture. An arrow leads from what is imported to what imports it."""
    graph = imports()
    boxes = [
        Box(id=package, name=package.partition(".")[2], kind=f"{package.partition('.')[0]}/")
        for package in sorted(graph)
    ]
    edges = {(other, package) for package, others in graph.items() for other in others}
    return picture(
        boxes,
        edges,
        heading=(
            "Packages",
            "An arrow leads from what is imported; what follows through others is left out.",
        ),
        label="Packages and their imports",
    )
