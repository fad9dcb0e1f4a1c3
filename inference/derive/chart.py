"""How pools find model servers."""

from collections.abc import Mapping

from inference.config.models import Model


def server_labels(model: Model) -> Mapping[str, str]:
    """Labels that the InferencePool selects model servers by."""
    return {"app": model.name}
