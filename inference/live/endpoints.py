"""Where the services are. Each can be moved, by the variables that their own tools read."""

import os
from dataclasses import dataclass
from typing import Final, final

_HUGGING_FACE: Final = "https://huggingface.co"


@final
@dataclass(frozen=True)
class Service:
    """A Google API.

    `CLOUDSDK_API_ENDPOINT_OVERRIDES_NAME` moves it, as it does for gcloud: to an endpoint of
    Private Service Connect, for example.
    """

    name: str
    """As gcloud names it in `api_endpoint_overrides`."""
    version: str = ""
    """What follows the root in every path."""
    root: str = ""
    """What an override replaces too, in the APIs that have their version in it."""

    @property
    def api(self) -> str:
        """The API's name, as `gcloud services enable` takes it."""
        return f"{self.name}.googleapis.com"

    def url(self, path: str) -> str:
        """The address of a path below the API's version."""
        given = os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{self.name.upper()}")
        root = given or f"https://{self.api}/{self.root}"
        return f"{root.rstrip('/')}/{self.version}{path}"


COMPUTE: Final = Service("compute", root="compute/v1/")
CONTAINER: Final = Service("container", "v1/")
RESOURCE_MANAGER: Final = Service("cloudresourcemanager", "v3/")
BILLING: Final = Service("cloudbilling", "v1/")
SERVICE_USAGE: Final = Service("serviceusage", "v1/")
CLOUD_QUOTAS: Final = Service("cloudquotas", "v1/")
CERTIFICATE_MANAGER: Final = Service("certificatemanager", "v1/")
PUBSUB: Final = Service("pubsub", "v1/")
IAM: Final = Service("iam", "v1/")
LOGGING: Final = Service("logging", "v2/")
MONITORING: Final = Service("monitoring", "v3/")
DASHBOARDS: Final = Service("monitoring", "v1/")
"""Part of Cloud Monitoring, in a version of its own."""
STORAGE: Final = Service("storage", root="storage/v1/")
RECOMMENDER: Final = Service("gkerecommender", "v1/")


def hugging_face() -> str:
    """The Hugging Face Hub, or the mirror that `HF_ENDPOINT` names."""
    return (os.environ.get("HF_ENDPOINT") or _HUGGING_FACE).rstrip("/")
