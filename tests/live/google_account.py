"""A Google project as its REST APIs tell it, in the shapes of their public references."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from loopback import Reply, Request, Server

from inference.live import endpoints

PROJECT: Final = "test-project"
ACCESS_TOKEN: Final = "ya29.an-access-token-of-the-test"  # noqa: S105 of a server on loopback
_COMPUTE: Final = f"/projects/{PROJECT}"
REGION: Final = f"{_COMPUTE}/regions/us-central1"
SUBNETS: Final = f"{REGION}/subnetworks"
MACHINE_TYPES: Final = f"{_COMPUTE}/aggregated/machineTypes"
RESOURCE_MANAGER: Final = f"/v3/projects/{PROJECT}"
PERMISSIONS: Final = f"/v3/projects/{PROJECT}:testIamPermissions"
BILLING: Final = f"/v1/projects/{PROJECT}/billingInfo"
APIS_PATH: Final = f"/v1/projects/{PROJECT}/services:batchGet"
QUOTA_INFOS: Final = (
    f"/v1/projects/{PROJECT}/locations/global/services/compute.googleapis.com/quotaInfos"
)
_LINK: Final = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}"


@cache
def _private_key() -> str:
    # Short: to load a key of the usual length takes longer than most tests.
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 of a test
    text = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return text.decode()


def error(status: int, reason: str, message: str) -> Reply:
    """An error as Google's APIs give it."""
    details = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": "googleapis.com",
            "metadata": {"consumer": f"projects/{PROJECT}"},
        }
    ]
    names = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 503: "UNAVAILABLE"}
    body = {"code": status, "message": message, "status": names[status], "details": details}
    return Reply(status=status, body={"error": body})


def region(quotas: Mapping[str, tuple[float, float]]) -> Reply:
    """A region, or a project, with quotas as (limit, usage)."""
    rows = [{"metric": name, "limit": a, "usage": b} for name, (a, b) in quotas.items()]
    return Reply(body={"kind": "compute#region", "name": "us-central1", "quotas": rows})


def machine_types(name: str, zones: Sequence[str], next_page: str = "") -> dict[str, Any]:
    """A page of the aggregated list of machine types."""
    items: dict[str, Any] = {
        f"zones/{zone}": {"machineTypes": [{"name": name, "zone": f"{_LINK}/zones/{zone}"}]}
        for zone in zones
    }
    nothing = {"code": "NO_RESULTS_ON_PAGE", "message": "There are no results for this scope."}
    items["zones/africa-south1-a"] = {"warning": nothing}
    page: dict[str, Any] = {"kind": "compute#machineTypeAggregatedList", "items": items}
    return {**page, "nextPageToken": next_page} if next_page else page


def subnet(name: str, network: str = "default", **values: str) -> dict[str, Any]:
    """A proxy-only subnet."""
    return {
        "name": name,
        "network": f"{_LINK}/global/networks/{network}",
        "ipCidrRange": "192.168.0.0/23",
        "purpose": "REGIONAL_MANAGED_PROXY",
        "role": "ACTIVE",
        **values,
    }


def _services(request: Request) -> Reply:
    names = request.query["names"]
    return Reply(body={"services": [{"name": name, "state": "ENABLED"} for name in names]})


def _permissions(request: Request) -> Reply:
    return Reply(body={"permissions": request.json["permissions"]})


def sign_in(server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every Google API be this server, and the user one whom it knows."""
    key = {
        "type": "service_account",
        "client_email": f"someone@{PROJECT}.iam.gserviceaccount.com",
        "private_key": _private_key(),
        "token_uri": f"{server.url}/token",
    }
    file = folder / "credentials.json"
    file.write_text(json.dumps(key), encoding="utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    for service in vars(endpoints).values():
        if isinstance(service, endpoints.Service):
            name = f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service.name.upper()}"
            monkeypatch.setenv(name, f"{server.url}/")
    answer = {"access_token": ACCESS_TOKEN, "expires_in": 3600, "token_type": "Bearer"}
    server.on("POST", "/token", Reply(body=answer))


def good_project(server: Server) -> None:
    """A project in which the tutorial's stack can be made."""
    project = {"name": "projects/123456", "projectId": PROJECT, "state": "ACTIVE"}
    server.on("GET", RESOURCE_MANAGER, Reply(body=project))
    server.on("POST", PERMISSIONS, _permissions)
    server.on("GET", BILLING, Reply(body={"billingEnabled": True}))
    server.on("GET", APIS_PATH, _services)
    server.on("GET", REGION, region({"PREEMPTIBLE_NVIDIA_H100_GPUS": (16, 4), "CPUS": (100, 0)}))
    server.on("GET", _COMPUTE, region({"GPUS_ALL_REGIONS": (16, 0)}))
    server.on("GET", MACHINE_TYPES, Reply(body=machine_types("a3-highgpu-2g", ["us-central1-a"])))
    server.on("GET", SUBNETS, Reply(body={"kind": "compute#subnetworkList"}))
