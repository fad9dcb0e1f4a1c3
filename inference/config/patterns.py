"""The forms of texts in the configuration, each with its meaning in words."""

from typing import Final

PATTERNS: Final[dict[str, str]] = {}
"""What patterns mean, in words, for messages."""


def _pattern(pattern: str, meaning: str) -> str:
    """A pattern, whose meaning goes into `PATTERNS`."""
    PATTERNS[pattern] = meaning
    return pattern


DNS_LABEL_PATTERN: Final = _pattern(
    r"^[a-z]([-a-z0-9]*[a-z0-9])?$",
    "lower-case letters, digits and dashes, starting with a letter, such as llama3-8b",
)
MODEL_PATTERN: Final = _pattern(
    r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$", "lower-case letters, digits and dashes, such as llama3-8b"
)
ZONE_PATTERN: Final = _pattern(r"^[a-z]+-[a-z]+\d+-[a-z]$", "a zone, such as us-central1-a")
REGION_PATTERN: Final = _pattern(r"^[a-z]+-[a-z]+\d+$", "a region, such as us-central1")
ADAPTER_PATTERN: Final = _pattern(
    r"^[A-Za-z0-9]([-._/A-Za-z0-9]*[A-Za-z0-9])?$",
    "letters, digits, dots, dashes, slashes and underscores, as in food-review",
)
PATH_PATTERN: Final = _pattern(r"^/", "a path that starts with a slash, such as /v1/completions")
HOSTNAME_PATTERN: Final = _pattern(
    r"^(\*\.)?([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z][-a-z0-9]*[a-z0-9]$",
    "a DNS name in lower case, such as llm.example.com",
)
TEMPLATE_PATTERN: Final = _pattern(
    r"^(projects/[^/]+/locations/[^/]+/templates/)?[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?$",
    "the name of a Model Armor template, such as prompts",
)
WAF_PATTERN: Final = _pattern(
    r"^[a-z0-9]+(-[a-z0-9]+)*-(stable|canary)$",
    "a preconfigured Cloud Armor rule set, such as scannerdetection-v33-stable",
)
KEY_PATTERN: Final = _pattern(
    r"^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$",
    "letters, digits, dots, dashes and underscores, such as hf_api_token",
)
"""No `.`, and nothing that begins with `..`."""
OBJECT_PATTERN: Final = _pattern(
    r"^[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$",
    "lower-case letters, digits, dashes and dots, such as my-secret",
)
VARIABLE_PATTERN: Final = _pattern(
    r"^[-._a-zA-Z][-._a-zA-Z0-9]*$", "the name of a variable, such as HF_ENDPOINT"
)
RESERVATION_PATTERN: Final = _pattern(
    r"^(projects/[^/]+/reservations/)?[a-z]([-a-z0-9]*[a-z0-9])?"
    r"(/reservationBlocks/[a-z]([-a-z0-9]*[a-z0-9])?)?$",
    "a name, or a path such as projects/owner/reservations/h100s",
)
FINDING_PATTERN: Final = _pattern(
    r"^[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*$",
    "the id of a finding, such as network.public-http",
)
EMAIL_PATTERN: Final = _pattern(
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "an e-mail address, such as on-call@example.com"
)
CHANNEL_PATTERN: Final = _pattern(
    r"^projects/[^/]+/notificationChannels/[^/]+$",
    "a full name, such as projects/PROJECT/notificationChannels/123",
)
PROJECT_PATTERN: Final = _pattern(
    r"^([-.a-z0-9]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]$",
    "a project id of 6 to 30 lower-case letters, digits and dashes",
)
"""Google's rule: 6 to 30 characters, in some organisations behind a domain."""
LABEL_KEY_PATTERN: Final = _pattern(
    r"^[a-z][-_a-z0-9]{0,62}$",
    "up to 63 lower-case letters, digits, dashes and underscores, such as team",
)
LABEL_VALUE_PATTERN: Final = _pattern(
    r"^[-_a-z0-9]{0,63}$", "up to 63 lower-case letters, digits, dashes and underscores"
)
TOPIC_PATTERN: Final = _pattern(
    r"^projects/[^/]+/topics/[A-Za-z][-._~%+A-Za-z0-9]{2,254}$",
    "a topic, such as projects/my-project/topics/upgrades",
)
TIME_PATTERN: Final = _pattern(
    r"^([01]\d|2[0-3]):[0-5]\dZ$", "a time of day in UTC, such as 02:00Z"
)
MOMENT_PATTERN: Final = _pattern(
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$", "a moment in UTC, such as 2026-12-18T00:00:00Z"
)
SECRET_ID_PATTERN: Final = _pattern(
    r"^[A-Za-z0-9_-]+$", "letters, digits, dashes and underscores, such as hugging-face"
)
VERSION_PATTERN: Final = _pattern(
    r"^([1-9][0-9]*|[A-Za-z][A-Za-z0-9_-]*)$", "a number such as 3, or an alias such as latest"
)
BUCKET_PATTERN: Final = _pattern(
    r"^[a-z0-9][-_a-z0-9]{1,61}[a-z0-9]$",
    "3 to 63 lower-case letters, digits, dashes and underscores, as in my-weights",
)
"""Google's rule without dots, which stand for a domain that must be verified."""
FOLDER_PATTERN: Final = _pattern(
    r"^[A-Za-z0-9_][-._A-Za-z0-9]*(/[A-Za-z0-9_][-._A-Za-z0-9]*)*$",
    "names with slashes between them, such as models/llama3-8b",
)
GKE_VERSION_PATTERN: Final = _pattern(
    r"^1\.[0-9]{2}(\.[0-9]{1,2}(-gke\.[0-9]+)?)?$", "a GKE version, such as 1.34.1-gke.1829001"
)
LABEL_PATTERN: Final = _pattern(
    r"^([a-z0-9]([-.a-z0-9]*[a-z0-9])?/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$",
    "the key of a Kubernetes label, such as example.com/team",
)
LABEL_TEXT_PATTERN: Final = _pattern(
    r"^([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$",
    "up to 63 letters, digits, dashes, dots and underscores, such as search",
)
REGISTRY_PATTERN: Final = _pattern(
    r"^(localhost|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+)(:[0-9]{1,5})?"
    r"(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$",
    "a registry and path without scheme, tag or slash at the end, such as "
    "us-central1-docker.pkg.dev/my-project/mirror",
)
DAY_PATTERN: Final = _pattern(r"^\d{4}-\d{2}-\d{2}$", "a day, such as 2026-11-28")
