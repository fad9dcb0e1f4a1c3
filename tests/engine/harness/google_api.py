"""Google's REST APIs over the stand-in cloud, for what asks them and not a provider."""

import json
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness.cloud import ENDPOINT_GROUP, FIREWALL, Cloud
from harness.known_metrics import is_known
from harness.run_folder import RunFolder
from inference.live import endpoints

_LISTS: Final = {
    "alertPolicies": "gcp:monitoring/alertPolicy:AlertPolicy",
    "notificationChannels": "gcp:monitoring/notificationChannel:NotificationChannel",
    "dashboards": "gcp:monitoring/dashboard:Dashboard",
}
_NAT: Final = "gcp:compute/routerNat:RouterNat"
_DESCRIPTOR: Final = re.compile(r"^projects/[^/]+/metricDescriptors/(?P<kind>.+)$")
_VERSION: Final = re.compile(r"^/(?:v\d/)?")
_METRIC: Final = re.compile(r"^(?:b|projects/[^/]+/metrics)/")
"""Before the names that are ids by themselves, of buckets and of metrics of the log."""


@cache
def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return text.decode()


def _listed(cloud: Cloud, collection: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for identity, inputs in cloud.items(_LISTS[collection]):
        board = json.loads(inputs.get("dashboardJson", "{}"))
        name = inputs.get("displayName") or board.get("displayName")
        labels = inputs.get("userLabels", {})
        items.append({"name": identity, "displayName": name, "userLabels": labels})
    return items


def _left(cloud: Cloud, kind: str) -> list[dict[str, Any]]:
    """What the Gateway controller leaves behind, as Compute Engine lists it."""
    return [
        {**held, "network": f"https://compute/global/networks/{held['network']}"}
        for held in cloud.of_kind(kind)
    ]


def _found(run: RunFolder, path: str) -> dict[str, Any] | None:
    """What GET gives; None where nothing is."""
    cloud, place = Cloud(run.cloud), _VERSION.sub("", path)
    descriptor = _DESCRIPTOR.match(place)
    if descriptor is not None:
        return {"type": descriptor["kind"]} if is_known(run, descriptor["kind"]) else None
    collection = place.rpartition("/")[2]
    if collection in _LISTS:
        return {collection: _listed(cloud, collection)}
    if place.endswith("/aggregated/networkEndpointGroups"):
        scope = {"networkEndpointGroups": _left(cloud, ENDPOINT_GROUP)}
        return {"items": {"zones/us-central1-a": scope}}
    if place.endswith("/global/firewalls"):
        return {"items": _left(cloud, FIREWALL)}
    if cloud.get(_METRIC.sub("", place)) is None:
        return None
    nats = [nat for nat in cloud.of_kind(_NAT) if place.endswith(f"/routers/{nat['router']}")]
    return {"name": place, "nats": [{"name": nat["name"]} for nat in nats]}


@contextmanager
def google_api(run: RunFolder) -> Generator[Mapping[str, str]]:
    """Serve the cloud of a run; the variables by which a command finds it and is signed in."""

    class Handler(BaseHTTPRequestHandler):
        def _send(self, status: int, body: Mapping[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            found = _found(run, unquote(urlsplit(self.path).path))
            nothing = {"error": {"code": 404, "message": "not found", "status": "NOT_FOUND"}}
            self._send(200, found) if found is not None else self._send(404, nothing)

        def do_POST(self) -> None:
            self._send(200, {"access_token": "ya29.test", "expires_in": 3600})

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base's name
            """Write nothing between the tests' dots."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}/"
    key = {
        "type": "service_account",
        "client_email": "someone@test-project.iam.gserviceaccount.com",
        "private_key": _private_key(),
        "token_uri": f"{url}token",
    }
    credentials = run.path / "credentials.json"
    credentials.write_text(json.dumps(key), encoding="utf-8")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield {
            "GOOGLE_APPLICATION_CREDENTIALS": str(credentials),
            "GOOGLE_CLOUD_PROJECT": "test-project",
            **{
                f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{one.name.upper()}": url
                for one in vars(endpoints).values()
                if isinstance(one, endpoints.Service)
            },
        }
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
