"""Digests come from registries, and what a registry does not tell is kept and said."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import requests

from inference.catalog.images import VLLM, Artifact
from scripts.pin_images import artifacts, pin, registry_digest

_DIGEST = "sha256:" + "ab" * 32


class _Registry(BaseHTTPRequestHandler):
    """Knows one tag of one repository."""

    def do_HEAD(self) -> None:
        known = self.path == "/v2/owner/image/manifests/v1"
        self.send_response(200 if known else 404)
        if known:
            self.send_header("Docker-Content-Digest", _DIGEST)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Write nothing between the tests' dots."""


@pytest.fixture
def registry() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Registry)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _image(host: str, tag: str) -> Artifact:
    return Artifact(host, "owner/image", tag)


def test_a_registry_names_the_digest_of_a_tag(registry: str) -> None:
    assert registry_digest(_image(registry, "v1"), insecure=True) == _DIGEST


def test_a_tag_that_a_registry_does_not_have_is_no_digest(registry: str) -> None:
    with pytest.raises(requests.HTTPError, match="404"):
        registry_digest(_image(registry, "v2"), insecure=True)


def test_every_image_and_chart_is_asked_for_once() -> None:
    asked: list[str] = []

    def ask(artifact: Artifact) -> str:
        asked.append(artifact.tagged)
        return _DIGEST

    pinned, problems = pin({}, ask)

    assert problems == []
    assert sorted(asked) == sorted(pinned) == sorted({a.tagged for a in artifacts()})
    # vLLM for GPUs and TPUs, SGLang, syncer and simulator; a chart and a picker for each of three
    # releases.
    assert len(pinned) == 11


def test_a_known_digest_is_kept_where_the_registry_does_not_answer() -> None:
    def ask(artifact: Artifact) -> str:
        raise requests.ConnectionError(artifact.registry)

    pinned, problems = pin({VLLM.tagged: _DIGEST}, ask)

    assert pinned == {VLLM.tagged: _DIGEST}
    assert f"{VLLM.tagged}: docker.io did not answer (ConnectionError)" in problems
    assert len(problems) == 11
