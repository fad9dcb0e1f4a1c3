"""No credential in clear text where a Secret belongs."""

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any, Final

from rules.rule import UNKNOWN, Config, Resource, ResourceRule, mappings, part, texts

_CREDENTIALS: Final = {
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{20,}"),
    "a Google API key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}"),
    "an API key": re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
_ARGUMENT: Final = re.compile(
    r"--?(?:[a-z0-9]+[-_])*(?:api[-_]?keys?|token|password|secret)(?P<value>=.*)?", re.IGNORECASE
)
"""An argument that is a credential, with its value or the next word as its value."""
_NAMES: Final = re.compile(r"(^|_)(TOKEN|PASSWORD|SECRET|API_?KEY|CREDENTIALS?)$", re.IGNORECASE)


def no_plaintext_secret(resource: Resource, config: Config) -> Iterator[str]:
    """Texts that look like credentials, and variables named like one, outside of Secrets.

    Messages name the place and never the value.
    """
    del config
    if resource.kind == "Secret" or resource.type.startswith("pulumi:"):
        return
    for path, text in texts(resource.inputs):
        for what, pattern in _CREDENTIALS.items():
            if pattern.search(text):
                yield (
                    f"{path} holds {what}, visible to anyone who can read the object: use a Secret"
                )
    spec = part(resource.inputs, "spec", "template", "spec") or part(resource.inputs, "spec")
    for containers in ("initContainers", "containers"):
        for container in mappings(part(spec, containers)):
            yield from _arguments(container)
            for variable in mappings(container.get("env")):
                name, value = str(variable.get("name")), variable.get("value")
                if value not in {None, "", UNKNOWN} and _NAMES.search(name):
                    yield (
                        f"variable {name} of container {container.get('name')} has its value in "
                        "plain text: take it from a Secret with valueFrom.secretKeyRef"
                    )


def _arguments(container: Mapping[str, Any]) -> Iterator[str]:
    """Arguments of a container that are credentials by their names."""
    for key in ("command", "args"):
        words = [str(word) for word in container.get(key) or ()]
        for argument, after in zip_longest(words, words[1:], fillvalue=""):
            match = _ARGUMENT.fullmatch(argument)
            # What a variable brings, `$(KEY)`, does not stand in the object.
            if match is not None and not (match["value"] or f"={after}").startswith("=$("):
                yield (
                    f"argument {argument.partition('=')[0]} of container {container.get('name')} "
                    "is a credential in plain text: take it from a Secret through a variable"
                )


NO_PLAINTEXT_SECRET: Final = ResourceRule(
    name="no-plaintext-secret",
    description="Credentials are only in Secrets.",
    check=no_plaintext_secret,
)
