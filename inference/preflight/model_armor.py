"""Model Armor before the models: whose call it is, and where its templates are."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.traffic import MODEL_ARMOR, MODEL_ARMOR_AGENT, MODEL_ARMOR_ROLES
from inference.config import Finding, Settings
from inference.preflight.registry import error, info

ARMOR_AGENT: Final = info(
    id="traffic.model-armor-agent",
    cause="Model Armor is called by a Google service agent, which needs roles.",
    consequence="Without them, every request fails, or passes unchecked if failOpen is set.",
    fix=f"Grant {MODEL_ARMOR_AGENT} {', '.join(MODEL_ARMOR_ROLES)}.",
    source=MODEL_ARMOR,
)
ARMOR_REGION: Final = error(
    id="traffic.model-armor-region",
    cause="A Model Armor template is in a different region from the load balancer.",
    consequence="The regional endpoint finds only templates in its own region.",
    fix="Create the template in gcp:region.",
    source=MODEL_ARMOR,
    follows=("places.no-such-region",),
)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about Model Armor."""
    armor = settings.gateway.model_armor
    if armor is None or not settings.gateway.is_gke:
        return
    region = settings.gcp.region
    for key, name in (("template", armor.template), ("answerTemplate", armor.answer_template)):
        if name is not None and "/" in name and f"/locations/{region}/" not in name:
            yield ARMOR_REGION.finding(
                f"gateway.modelArmor.{key}",
                f"{name} is not in {region}, whose endpoint the load balancer calls: it would not "
                "be found",
                f"create the template in {region}",
            )
    yield ARMOR_AGENT.finding(
        "gateway.modelArmor",
        f"is called by {MODEL_ARMOR_AGENT}, which needs {', '.join(MODEL_ARMOR_ROLES)}",
        "gcloud projects add-iam-policy-binding for each role, and accept this finding",
    )
