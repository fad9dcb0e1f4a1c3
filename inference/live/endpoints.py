"""Where the services are. Each can be moved, by the variables that their own tools read."""

import os
from dataclasses import dataclass
from typing import Final, final

_HUGGING_FACE: Final = "https://huggingface.co"


@final
@dataclass(frozen=True, kw_only=True)
class Service:
    """A Google API.

    `CLOUDSDK_API_ENDPOINT_OVERRIDES_NAME` moves it, as it does for gcloud: to an endpoint of
    Private Service Connect, for example.
    """

    name: str
    """As gcloud names it in `api_endpoint_overrides`."""
    root: str
    version: str = ""
    """What follows the root in every path; Compute Engine has it in the root already."""

    @property
    def api(self) -> str:
        """The API's name, as `gcloud services enable` takes it."""
        return f"{self.name}.googleapis.com"

    def url(self, path: str) -> str:
        """The address of a path below the API's version."""
        variable = f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{self.name.upper()}"
        root = os.environ.get(variable) or self.root
        return f"{root.rstrip('/')}/{self.version}{path}"


def _service(name: str, version: str) -> Service:
    return Service(name=name, root=f"https://{name}.googleapis.com/", version=version)


COMPUTE: Final = Service(name="compute", root="https://compute.googleapis.com/compute/v1/")
CONTAINER: Final = _service("container", "v1/")
RESOURCE_MANAGER: Final = _service("cloudresourcemanager", "v3/")
BILLING: Final = _service("cloudbilling", "v1/")
SERVICE_USAGE: Final = _service("serviceusage", "v1/")
CLOUD_QUOTAS: Final = _service("cloudquotas", "v1/")
CERTIFICATE_MANAGER: Final = _service("certificatemanager", "v1/")
PUBSUB: Final = _service("pubsub", "v1/")
IAM: Final = _service("iam", "v1/")
LOGGING: Final = _service("logging", "v2/")
MONITORING: Final = _service("monitoring", "v3/")
DASHBOARDS: Final = _service("monitoring", "v1/")
"""Part of Cloud Monitoring, in a version of its own."""
STORAGE: Final = Service(name="storage", root="https://storage.googleapis.com/storage/v1/")
RECOMMENDER: Final = _service("gkerecommender", "v1/")
SERVICES: Final = (
    COMPUTE,
    CONTAINER,
    RESOURCE_MANAGER,
    BILLING,
    SERVICE_USAGE,
    CLOUD_QUOTAS,
    CERTIFICATE_MANAGER,
    PUBSUB,
    IAM,
    LOGGING,
    MONITORING,
    STORAGE,
    RECOMMENDER,
)


def hugging_face() -> str:
    """The Hugging Face Hub, or the mirror that `HF_ENDPOINT` names."""
    return (os.environ.get("HF_ENDPOINT") or _HUGGING_FACE).rstrip("/")
