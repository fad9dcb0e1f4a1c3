"""Values by their grammar: what the kubelet, the API server, Hugging Face or a client refuses.

One table says which keys have values of a kind, one check a kind what they must be.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, final

from inference.catalog.google_rules import DNS_LABELS
from inference.catalog.images import REFERENCE_PATTERN
from inference.catalog.limits import HEADER_BYTES, LABEL_CHARACTERS, PATH_CHARACTERS
from inference.catalog.source import high
from inference.config import Finding, Settings
from inference.config.finding import edit
from inference.derive.names import dns_label
from inference.preflight.registry import Check, refusal

IMAGE: Final = refusal(
    id="values.image",
    cause="A container image is not a valid image reference.",
    consequence="The kubelet reports InvalidImageName, and the container never starts.",
    fix="Write it as REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@sha256:DIGEST.",
    source=high(
        "OCI distribution: grammar of references", "https://github.com/distribution/reference"
    ),
)
REPOSITORY: Final = refusal(
    id="values.repository",
    cause="A model or adapter is neither a Hugging Face repository nor a path.",
    consequence="It cannot be loaded: the server restarts indefinitely, and one bad adapter keeps "
    "the syncer from loading the others.",
    fix="Write it as OWNER/NAME, or as a path that starts with a slash.",
    source=high(
        "huggingface_hub: validate_repo_id",
        "https://huggingface.co/docs/huggingface_hub/package_reference/utilities",
    ),
)
SERVED_NAME: Final = refusal(
    id="values.served-name",
    cause="A served name has a space or a control character.",
    consequence="Routes compare it with a header, and no client can send it in one; several names "
    "in one value cannot be told apart.",
    fix="Set one name without spaces.",
    source=high("RFC 9110: values of header fields", "https://www.rfc-editor.org/rfc/rfc9110"),
)
PATH: Final = refusal(
    id="values.path",
    cause="A path of the endpoint contains something that the Gateway API does not allow.",
    consequence="The API server rejects the HTTPRoute.",
    fix="Write a plain path, without . or .. between slashes, double slashes, or a fragment.",
    source=high(
        "Gateway API v1: CRD of HTTPRoute, rules of paths",
        "https://gateway-api.sigs.k8s.io/reference/spec/",
    ),
)
HOSTNAME: Final = refusal(
    id="values.hostname",
    cause="A DNS label, the part between dots, is longer than 63 characters.",
    consequence="No certificate is issued for it, and no record can hold it.",
    fix="Use a shorter name.",
    source=DNS_LABELS,
)
RESOURCE_NAME: Final = refusal(
    id="values.resource-name",
    cause="A network, subnet or reservation has a name that Google does not allow.",
    consequence="It is not found, after much else has been created.",
    fix="Write only its name; for a reservation in another project, its full name.",
    source=high(
        "Compute Engine: naming resources",
        "https://cloud.google.com/compute/docs/naming-resources",
    ),
)
CONTROL_CHARACTER: Final = refusal(
    id="values.control-character",
    cause="A value holds a control character, such as NUL.",
    consequence="The container never starts, or an API rejects the value.",
    fix="Remove the character.",
    source=high(
        "Linux execve(2): arguments and variables end at NUL",
        "https://man7.org/linux/man-pages/man2/execve.2.html",
    ),
)
_REPOSITORY: Final = re.compile(r"(?:[A-Za-z0-9_][-.\w]*/)?[A-Za-z0-9_][-.\w]{0,95}", re.ASCII)
_STORED: Final = re.compile(r"(?:gs|s3)://\S+|\.{0,2}/[^\x00-\x1f\x7f]+")
_PRINTABLE: Final = re.compile(r"[^\x00-\x20\x7f\s]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PATH: Final = re.compile(r"/(?:[A-Za-z0-9/\-._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*")
_PATH_PARTS: Final = ("//", "/./", "/../", "%2f", "%2F")
_PATH_ENDS: Final = ("/..", "/.")
_RESOURCE: Final = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
_RESERVATION: Final = re.compile(
    rf"(?:projects/[^/\s]+/reservations/)?{_RESOURCE.pattern}"
    rf"(?:/reservationBlocks/{_RESOURCE.pattern}(?:/reservationSubBlocks/{_RESOURCE.pattern})?)?"
)


def _is_image(text: str) -> bool:
    return re.fullmatch(REFERENCE_PATTERN, text) is not None


def _is_repository(text: str) -> bool:
    if _STORED.fullmatch(text):
        return True
    known = _REPOSITORY.fullmatch(text) is not None
    return known and not any(part in text for part in ("--", "..")) and not text.endswith(".git")


def _is_served_name(text: str) -> bool:
    return _PRINTABLE.fullmatch(text) is not None and len(text.encode()) <= HEADER_BYTES


def _is_path(text: str) -> bool:
    return (
        _PATH.fullmatch(text) is not None
        and len(text) <= PATH_CHARACTERS
        and not any(part in text for part in _PATH_PARTS)
        and not text.endswith(_PATH_ENDS)
    )


def _is_hostname(text: str) -> bool:
    return all(len(label) <= LABEL_CHARACTERS for label in text.split("."))


def _last_part(text: str) -> str:
    return dns_label(text.rpartition("/")[2])


@final
@dataclass(frozen=True, kw_only=True)
class _Kind:
    check: Check
    holds: Callable[[str], bool]
    effect: str
    fix: str
    meant: Callable[[str], str] | None = None
    """What a text that is refused most likely means."""


_KINDS: Final = {
    "image": _Kind(
        check=IMAGE,
        holds=_is_image,
        effect="is not an image reference: the kubelet would report InvalidImageName",
        fix="write REGISTRY/REPOSITORY:TAG without spaces, or REGISTRY/REPOSITORY@sha256: and 64 "
        "digits",
        meant=lambda text: "".join(text.split()).lower().removeprefix("https://"),
    ),
    "repository": _Kind(
        check=REPOSITORY,
        holds=_is_repository,
        effect="is neither OWNER/NAME on Hugging Face nor a path, and could not be loaded",
        fix="write OWNER/NAME, without https://huggingface.co/, or a path that starts with /",
        meant=lambda text: "/".join(text.strip().partition("://")[2].split("/")[1:3]),
    ),
    "served name": _Kind(
        check=SERVED_NAME,
        holds=_is_served_name,
        effect="has a space or control character: no client could request it",
        fix="set one name without spaces, and others in `aliases`",
        meant=lambda text: re.sub(r"[^!-~]+", "-", text).strip("-"),
    ),
    "path": _Kind(
        check=PATH,
        holds=_is_path,
        effect="is not a path that an HTTPRoute allows: the API server would reject it",
        fix="write a plain path such as /v1/chat/completions",
        meant=lambda text: posixpath.normpath(f"/{text.strip().partition('?')[0].lstrip('/')}"),
    ),
    "resource": _Kind(
        check=RESOURCE_NAME,
        holds=lambda text: _RESOURCE.fullmatch(text) is not None,
        effect="is not a name that Google allows: it would not be found",
        fix="write only the name, in lower-case letters, digits and hyphens",
        meant=_last_part,
    ),
    "reservation": _Kind(
        check=RESOURCE_NAME,
        holds=lambda text: _RESERVATION.fullmatch(text) is not None,
        effect="is not a reservation name: it would not be found",
        fix="write its name, or projects/PROJECT/reservations/NAME",
        meant=_last_part,
    ),
    "hostname": _Kind(
        check=HOSTNAME,
        holds=_is_hostname,
        effect=f"has a label longer than {LABEL_CHARACTERS} characters: DNS does not allow such a "
        "name",
        fix="use a shorter name",
    ),
}


_KEYS: Final = {
    "models[].model": "repository",
    "models[].lora.adapters[].source": "repository",
    "models[].image": "image",
    "models[].weights.image": "image",
    "models[].servedName": "served name",
    "models[].aliases[]": "served name",
    "models[].lora.adapters[].name": "served name",
    "nodePools[].reservation": "reservation",
    "network.name": "resource",
    "network.subnetwork": "resource",
    "gateway.paths[].path": "path",
    "gateway.hostnames[]": "hostname",
}
"""Kind of each value that has a grammar, by its key without positions."""
_POSITION: Final = re.compile(r"\[\d+\]")


def _by_kind(path: str, text: str) -> Iterator[Finding]:
    name = _KEYS.get(_POSITION.sub("[]", path))
    kind = _KINDS[name] if name else None
    if kind is None or kind.holds(text):
        return
    meant = kind.meant(text) if kind.meant else ""
    fix = f"{kind.fix}, in `{path}`"
    if meant and kind.holds(meant):
        fix = edit({path: meant}) + f": {kind.fix}"
    yield kind.check.finding(path, f"{text!r} {kind.effect}", fix)


def _anywhere(path: str, text: str) -> Iterator[Finding]:
    found = _CONTROL.search(text)
    if found:
        yield CONTROL_CHARACTER.finding(
            path,
            f"contains U+{ord(found[0]):04X}: a container with it never starts, and APIs reject it",
            edit({path: _CONTROL.sub("", text)}),
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about values that are written in a way that nothing takes."""
    for path, value in settings.written():
        # What is only printed, as of `preflight`, may be any text.
        if not isinstance(value, str) or path.startswith("preflight."):
            continue
        if settings.on_gke or not path.startswith("network."):
            yield from _by_kind(path, value)
        yield from _anywhere(path, value)
