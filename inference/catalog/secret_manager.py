"""Secret Manager's add-on for GKE, which mounts secrets as files."""

from typing import Final

from inference.catalog.source import high, medium

ADD_ON_SOURCE: Final = high(
    "Secret Manager: use the add-on with GKE",
    "https://cloud.google.com/secret-manager/docs/secret-manager-managed-csi-component",
)
TOKEN_PATH_SOURCE: Final = medium(
    "huggingface_hub: HF_TOKEN_PATH names a file, which is read at each use; HF_TOKEN goes "
    "before it",
    "https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables",
)
SECRET_MANAGER_API: Final = "secretmanager.googleapis.com"  # noqa: S105 a service
ACCESSOR_ROLE: Final = "roles/secretmanager.secretAccessor"
"""What an account reads a secret's versions with."""
CLASS_API_VERSION: Final = "secrets-store.csi.x-k8s.io/v1"
CLASS_KIND: Final = "SecretProviderClass"
PROVIDER: Final = "gke"
DRIVER: Final = "secrets-store-gke.csi.k8s.io"
ROTATION_INTERVAL: Final = "120s"
"""How often the add-on looks for a new version; its own default."""
