"""The objects of the stand-in cloud: a file each, as processes come and go while a cloud stays."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, final
from urllib.parse import quote

_LONGEST_NAME: Final = 200
BUCKET: Final = "gcp:storage/bucket:Bucket"
FORWARDING_RULE: Final = "forwarding-rule"
"""Type of what the Gateway controller keeps in the cloud while a Gateway lives."""
ENDPOINT_GROUP: Final = "network-endpoint-group"
FIREWALL: Final = "firewall"
"""Types of what it keeps for a while longer."""


@final
class Cloud:
    """Objects by id, each of a type and with the inputs it was made from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _file(self, identity: str) -> Path:
        name = quote(identity, safe="")
        if len(name) > _LONGEST_NAME:
            # Identities of accounts in a cluster are longer than a file's name may be.
            name = sha256(identity.encode()).hexdigest()
        return self._folder / f"{name}.json"

    def store(self, identity: str, kind: str, inputs: Mapping[str, Any]) -> None:
        """Make or change an object; whoever reads meanwhile sees it whole."""
        file = self._file(identity)
        part = file.with_suffix(f".{os.getpid()}")
        content = {"id": identity, "type": kind, "inputs": dict(inputs)}
        part.write_text(json.dumps(content), encoding="utf-8")
        part.replace(file)

    def get(self, identity: str) -> dict[str, Any] | None:
        """Inputs of an object, or None."""
        held = self._read(self._file(identity))
        return held["inputs"] if held else None

    def of_kind(self, kind: str) -> Iterator[dict[str, Any]]:
        """Inputs of the objects of a type."""
        return (inputs for _, inputs in self.items(kind))

    def items(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Id and inputs of the objects of a type."""
        for file in self._folder.glob("*.json"):
            held = self._read(file)
            if held and held["type"] == kind:
                yield held["id"], held["inputs"]

    def remove(self, identity: str) -> None:
        """Remove an object, if it is there."""
        self._file(identity).unlink(missing_ok=True)

    def _read(self, file: Path) -> dict[str, Any] | None:
        with suppress(FileNotFoundError):
            held: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return held
        return None
