"""The kubeconfig of a GKE cluster."""

import json


def kubeconfig(name: str, endpoint: str, certificate: str | None) -> str:
    """Kubeconfig, as JSON, that gets a fresh token from GKE's plugin at each call.

    A token written into it would be stale in the state an hour later. Without `certificate`, the
    endpoint is a DNS name whose certificate everyone trusts.
    """
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "gke-gcloud-auth-plugin",
            "installHint": "gcloud components install gke-gcloud-auth-plugin",
            "interactiveMode": "Never",
            "provideClusterInfo": True,
        }
    }
    cluster = {"server": f"https://{endpoint}"}
    if certificate is not None:
        cluster["certificate-authority-data"] = certificate
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": cluster}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "users": [{"name": name, "user": user}],
        }
    )
