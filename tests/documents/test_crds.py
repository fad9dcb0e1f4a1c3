"""CRD documents: where they are looked for, and that only the pinned ones are taken."""

import hashlib
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest
import yaml
from conftest import make_settings
from platformdirs import user_cache_path

from inference.catalog.releases import CrdDocument
from inference.config import Finding, RefusedError, Settings
from inference.config.execution import offline
from inference.documents import crds
from inference.documents.crds import load_crds, wanted

_PINNED: Final[dict[str, Any]] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
}
_WRITTEN_BY_A_SERVER: Final = {"status": {"conditions": None, "storedVersions": None}}
"""As upstream's files end. The Kubernetes provider crashes on such nulls, so it is left out."""
_CONTENT: Final = yaml.safe_dump({**_PINNED, **_WRITTEN_BY_A_SERVER}).encode()
_SHA256: Final = hashlib.sha256(_CONTENT).hexdigest()
_OTHER: Final = b"kind: Other\n"
_OTHER_SHA256: Final = hashlib.sha256(_OTHER).hexdigest()
_DOCUMENT: Final = CrdDocument(
    name="things.example.com", repository="owner/things", tag="v1.2.3", sha256=_SHA256
)
_RELEASE: Final = make_settings({}).release
_POOL_CRD: Final = "inferencepools.inference.networking.k8s.io"


def settings(source: str | None = None) -> Settings:
    """Settings that look for CRDs in `source`."""
    return make_settings({"crds": {"source": source}})


def refusals(source: str | None = None) -> tuple[Finding, ...]:
    """Why CRDs cannot be had."""
    with pytest.raises(RefusedError) as caught:
        load_crds(settings(source))
    return caught.value.findings


def refusal(source: str | None = None) -> Finding:
    """Why the CRD cannot be had."""
    (finding,) = refusals(source)
    return finding


def cached(content: bytes) -> Path:
    """The pinned document's file in the cache, with this content."""
    file = user_cache_path("gke-inference-gateway") / "crds" / f"{_SHA256}.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return file


def written(folder: Path, path: str, content: bytes = _CONTENT) -> str:
    """A folder with one document; returns its name."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return str(folder)


@pytest.fixture
def pin(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes the catalog's release consist of these documents."""

    def change(*documents: CrdDocument) -> None:
        release = replace(_RELEASE, crds=documents)
        monkeypatch.setattr(
            "inference.config.settings.RELEASES", MappingProxyType({release.name: release})
        )

    return change


@pytest.fixture(autouse=True)
def _one_small_document(pin: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    pin(_DOCUMENT)
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """URLs that are asked for; each gives the pinned document."""
    asked: list[str] = []

    def download(url: str, _: CrdDocument) -> bytes:
        asked.append(url)
        return _CONTENT

    monkeypatch.setattr(crds, "_download", download)
    return asked


@pytest.fixture
def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.mark.parametrize("path", [_DOCUMENT.file_name, _DOCUMENT.path])
def test_a_folder_is_flat_or_laid_out_as_upstream(tmp_path: Path, path: str) -> None:
    folder = written(tmp_path, path)

    assert load_crds(settings(folder)) == [_PINNED]


def test_documents_have_the_names_that_upstream_gives_them() -> None:
    assert _DOCUMENT.file_name == "example.com_things.yaml"
    assert _DOCUMENT.path == "owner/things/v1.2.3/config/crd/bases/example.com_things.yaml"
    assert _DOCUMENT.url == f"https://raw.githubusercontent.com/{_DOCUMENT.path}"


def test_a_folder_is_read_offline_too(tmp_path: Path) -> None:
    folder = written(tmp_path, _DOCUMENT.file_name)

    with offline():
        assert load_crds(settings(folder)) == [_PINNED]


def test_a_folder_goes_before_the_cache(tmp_path: Path) -> None:
    cached(_CONTENT)

    assert refusal(str(tmp_path)).id == "crds.unavailable"


@pytest.mark.parametrize("path", [_DOCUMENT.file_name, _DOCUMENT.path])
def test_another_document_than_the_pinned_one_is_refused_with_both_sums(
    tmp_path: Path, path: str
) -> None:
    finding = refusal(written(tmp_path, path, _OTHER))

    assert (finding.id, finding.path) == ("crds.unavailable", "crds.source")
    assert str(tmp_path / path) in finding.message
    assert f"sha256 is {_OTHER_SHA256}" in finding.message
    assert f"{_SHA256} is expected" in finding.message
    assert "v1.2.3" in finding.message


def test_one_changed_byte_is_enough_to_be_refused(tmp_path: Path) -> None:
    assert _SHA256 in refusal(written(tmp_path, _DOCUMENT.file_name, _CONTENT + b"\n")).message


@pytest.mark.parametrize("exists", [True, False])
def test_a_missing_file_is_refused_with_the_names_that_were_looked_for(
    tmp_path: Path, *, exists: bool
) -> None:
    folder = tmp_path if exists else tmp_path / "nowhere"

    finding = refusal(str(folder))

    absent = f"{folder} holds no {_DOCUMENT.file_name}, nor {_DOCUMENT.path}"
    expected = absent if exists else f"there is no folder {folder}"
    assert finding.message == f"things.example.com would be missing: {expected}"
    assert finding.fix.endswith(
        "pulumi config set --path 'gke-inference-gateway:crds.source' FOLDER"
    )


def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path, _DOCUMENT.file_name)

    def denied(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)

    assert "Permission denied" in refusal(folder).message


def test_all_missing_documents_are_reported_together(
    tmp_path: Path, pin: Callable[..., None]
) -> None:
    pin(_DOCUMENT, replace(_DOCUMENT, name="others.example.com"))

    found = refusals(str(tmp_path))

    assert [finding.message.split(" ")[0] for finding in found] == [
        "things.example.com",
        "others.example.com",
    ]


def test_the_cache_is_used_offline() -> None:
    cached(_CONTENT)

    with offline():
        assert load_crds(settings()) == [_PINNED]


def test_the_cache_spares_a_download(downloads: list[str]) -> None:
    cached(_CONTENT)

    assert load_crds(settings()) == [_PINNED]
    assert downloads == []


def test_offline_a_document_that_is_nowhere_stands_by_name_source_and_sum(
    downloads: list[str],
) -> None:
    with offline():
        found = load_crds(settings())

    assert found == [{"name": _DOCUMENT.name, "url": _DOCUMENT.url, "sha256": _SHA256}]
    assert downloads == []


def test_a_damaged_cache_is_ignored_offline() -> None:
    cached(_CONTENT[:-1])

    with offline():
        assert load_crds(settings()) == [
            {"name": _DOCUMENT.name, "url": _DOCUMENT.url, "sha256": _SHA256}
        ]


def test_a_damaged_cache_is_mended_by_a_download(downloads: list[str]) -> None:
    file = cached(_CONTENT[:-1])

    assert load_crds(settings()) == [_PINNED]
    assert downloads == [_DOCUMENT.url]
    assert file.read_bytes() == _CONTENT


def test_a_download_is_kept(downloads: list[str]) -> None:
    assert load_crds(settings()) == load_crds(settings()) == [_PINNED]
    assert downloads == [_DOCUMENT.url]


def test_a_cache_that_cannot_be_written_costs_nothing_but_a_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, downloads: list[str]
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(in_the_way))

    assert load_crds(settings()) == load_crds(settings()) == [_PINNED]
    assert downloads == [_DOCUMENT.url] * 2


@pytest.mark.parametrize("prefix", ["https://mirror.example", "https://mirror.example/"])
def test_a_mirror_keeps_the_layout_of_upstream(prefix: str, downloads: list[str]) -> None:
    assert load_crds(settings(prefix)) == [_PINNED]
    assert downloads == [f"https://mirror.example/{_DOCUMENT.path}"]


def test_a_mirror_stands_in_an_offline_plan() -> None:
    with offline():
        (found,) = load_crds(settings("https://mirror.example"))

    assert found["url"] == f"https://mirror.example/{_DOCUMENT.path}"


@pytest.mark.parametrize(
    "source", ["http://mirror.example", "ftp://mirror.example", "file:///tmp", "HTTP://m.example"]
)
def test_only_https_is_downloaded(source: str, downloads: list[str]) -> None:
    finding = refusal(source)

    assert (finding.id, finding.path) == ("crds.unavailable", "crds.source")
    assert f"{source}/{_DOCUMENT.path} is not an https address" in finding.message
    assert downloads == []


def test_a_failed_download_says_what_failed_and_how_to_mend_it(closed_port: int) -> None:
    source = f"https://127.0.0.1:{closed_port}"

    finding = refusal(source)

    assert (finding.id, finding.path) == ("crds.unavailable", "crds.source")
    assert finding.message.startswith(
        f"things.example.com would be missing: {source}/{_DOCUMENT.path} cannot be read: "
    )
    assert "Connection refused" in finding.message
    assert finding.fix == (
        "put the pinned documents into a folder and name it: "
        "pulumi config set --path 'gke-inference-gateway:crds.source' FOLDER"
    )


@pytest.mark.parametrize(
    "source", ["https://mirror.example/a b", "https://mirror.example:a", "https://[::1"]
)
def test_an_address_that_is_none_is_refused(source: str) -> None:
    finding = refusal(source)

    assert finding.id == "crds.unavailable"
    assert "cannot be read" in finding.message


def test_what_the_cluster_brings_is_left_out(pin: Callable[..., None]) -> None:
    pin(*_RELEASE.crds)

    names = [document.name for document in wanted(settings())]

    assert names == [document.name for document in _RELEASE.crds if document.name != _POOL_CRD]
    assert len(names) == len(_RELEASE.crds) - 1


@pytest.mark.parametrize(
    "sections",
    [
        {"crds": {"preinstalled": []}},
        {"cluster": {"mode": "existing", "context": "kind"}, "gateway": {"className": "istio"}},
    ],
)
def test_a_cluster_that_brings_none_gets_them_all(
    pin: Callable[..., None], sections: dict[str, Any]
) -> None:
    pin(*_RELEASE.crds)

    assert wanted(make_settings(sections)) == list(_RELEASE.crds)


def test_all_crds_may_be_there_already() -> None:
    all_there = make_settings({"crds": {"preinstalled": (_DOCUMENT.name,)}})

    assert load_crds(all_there) == []
