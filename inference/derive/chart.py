"""What the pool chart of every release calls the picker, and how pools find model servers."""

from collections.abc import Mapping
from typing import Final

from inference.config.models import Model

_CHART_NAME_LENGTH: Final = 40


def picker_name(release: str) -> str:
    """Name of the endpoint picker's Deployment and Service: the charts cut and append."""
    return f"{release[:_CHART_NAME_LENGTH]}-epp"


def server_labels(model: Model) -> Mapping[str, str]:
    """Labels that the InferencePool selects model servers by."""
    return {"app": model.name}
