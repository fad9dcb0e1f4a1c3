"""CRD documents of a gateway release, from a folder, the cache, a mirror or GitHub."""

import hashlib
import http.client
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import yaml
from platformdirs import user_cache_path

from inference.catalog.releases import CrdDocument
from inference.config.crds import CrdSettings
from inference.config.execution import is_offline
from inference.config.finding import Finding, RefusedError, set_command
from inference.config.settings import Settings
from inference.config.yaml_loader import SafeLoader

CrdValue = Mapping[str, Any]
"""A CustomResourceDefinition, or its name, url and sha256 where it was not read."""

_TIMEOUT: Final = 30
_PATH: Final = "crds.source"


class _UnavailableError(Exception):
    """A document is not available; the message says why."""


def _cache_file(document: CrdDocument) -> Path:
    return user_cache_path("gke-inference-gateway") / "crds" / f"{document.sha256}.yaml"


def _checked(content: bytes, document: CrdDocument, origin: str) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != document.sha256:
        message = (
            f"{origin} is not the pinned document: sha256 is {found}, but {document.sha256} is "
            f"expected of {document.file_name} at {document.tag}"
        )
        raise _UnavailableError(message)
    return content


def _from_folder(folder: Path, document: CrdDocument) -> bytes:
    for candidate in (folder / document.path, folder / document.file_name):
        if candidate.is_file():
            try:
                content = candidate.read_bytes()
            except OSError as error:
                raise _UnavailableError(f"{candidate} cannot be read: {error.strerror}") from error
            return _checked(content, document, str(candidate))
    if not folder.is_dir():
        raise _UnavailableError(f"there is no folder {folder}")
    raise _UnavailableError(f"{folder} holds no {document.file_name}, nor {document.path}")


def _download(url: str, document: CrdDocument) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:  # noqa: S310 https only
            content = cast("bytes", response.read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _UnavailableError(f"{url} cannot be read: {error}") from error
    return _checked(content, document, url)


def _from_cache(document: CrdDocument) -> bytes | None:
    """The cached document; a damaged one counts as absent."""
    try:
        return _checked(_cache_file(document).read_bytes(), document, "cache")
    except (OSError, _UnavailableError):
        return None


def _keep(content: bytes, document: CrdDocument) -> None:
    """Cache a document; the temporary file is renamed so that no reader sees half of it."""
    file = _cache_file(document)
    part = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(file)
    except OSError:
        # A read-only home costs a download the next time, nothing else.
        return


def _url(source: str | None, document: CrdDocument) -> str:
    return f"{source.rstrip('/')}/{document.path}" if source else document.url


def _read(crds: CrdSettings, document: CrdDocument) -> bytes | None:
    """The document's bytes; None offline where only a download would bring them."""
    source = crds.source
    if source is not None and "://" not in source:
        return _from_folder(Path(source), document)
    url = _url(source, document)
    if not url.startswith("https://"):
        raise _UnavailableError(f"{url} is not an https address, a folder, or unset")
    cached = _from_cache(document)
    if cached is not None or is_offline():
        return cached
    content = _download(url, document)
    _keep(content, document)
    return content


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 YAML holds anything
    """A document as upstream would write it without what a generator left empty.

    On nulls the Kubernetes provider crashes when the next release of the CRDs differs.
    """
    if isinstance(value, dict):
        parts = cast("dict[str, Any]", value).items()
        return {key: _without_nulls(part) for key, part in parts if part is not None}
    if isinstance(value, list):
        return [_without_nulls(part) for part in cast("list[Any]", value)]
    return value


def _value(crds: CrdSettings, document: CrdDocument) -> CrdValue:
    content = _read(crds, document)
    if content is None:
        url = _url(crds.source, document)
        return {"name": document.name, "url": url, "sha256": document.sha256}
    found = cast("CrdValue", yaml.load(content, Loader=SafeLoader))  # noqa: S506 a safe loader
    # The status is the API server's.
    return {key: _without_nulls(value) for key, value in found.items() if key != "status"}


def wanted(settings: Settings) -> Sequence[CrdDocument]:
    """The release's CRDs without those that the cluster brings."""
    return [doc for doc in settings.release.crds if doc.name not in settings.preinstalled_crds]


def load_crds(settings: Settings) -> list[CrdValue]:
    """The CRDs to install, in the catalog's order.

    Offline nothing is downloaded: a document that is neither in the folder nor in the cache is
    given by its name, url and sha256.

    Raises:
        RefusedError: with every document that cannot be read or is not the pinned one.
    """
    values: list[CrdValue] = []
    problems: list[Finding] = []
    for document in wanted(settings):
        try:
            values.append(_value(settings.crds, document))
        except _UnavailableError as error:
            problems.append(
                Finding(
                    id="crds.unavailable",
                    path=_PATH,
                    message=f"{document.name} would be missing: {error}",
                    fix="put the pinned documents into a folder and name it: "
                    + set_command(_PATH, "FOLDER"),
                )
            )
    if problems:
        raise RefusedError(problems)
    return values
