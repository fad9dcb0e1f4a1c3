"""What an interrupted update began and did not record, as `pulumi stack export` shows it.

Pure functions of an exported deployment: nothing is looked up, and nothing of it is changed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast, final

_CREATING: Final = "creating"
_PLAINTEXT: Final = "plaintext"
"""Key of a secret's JSON in `pulumi stack export --show-secrets`."""


@final
@dataclass(frozen=True, kw_only=True)
class Pending:
    """An operation that the engine began and whose end it did not record.

    Attributes:
        urn: of the resource.
        type: of the resource, without those of its parents.
        operation: `creating`, `updating`, `deleting`, `reading` or `importing`.
        inputs: of the resource.
        provider: URN of its provider.
        parent: URN of its parent; "" where it has none.
        configuration: inputs of its provider.
    """

    urn: str
    type: str
    operation: str
    inputs: Mapping[str, Any]
    provider: str
    parent: str
    configuration: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the resource in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def creating(self) -> bool:
        """Whether it may exist without the state knowing it."""
        return self.operation == _CREATING


def resources(deployment: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The resources that the state has."""
    return cast("Sequence[Mapping[str, Any]]", deployment.get("resources") or ())


def _shown(value: Any) -> Any:  # noqa: ANN401 any JSON
    if isinstance(value, dict):
        secret = cast("dict[str, str]", value)
        return json.loads(secret[_PLAINTEXT]) if _PLAINTEXT in secret else secret
    return value


def _inputs(resource: Mapping[str, Any]) -> dict[str, Any]:
    inputs = cast("Mapping[str, Any]", resource.get("inputs") or {})
    return {key: _shown(value) for key, value in inputs.items()}


def inputs_of_provider(deployment: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """Inputs of the first provider of a type, of a decrypted deployment; None without one."""
    return next((_inputs(one) for one in resources(deployment) if one["type"] == kind), None)


def urns(deployment: Mapping[str, Any]) -> frozenset[str]:
    """URNs of what the state has, and will not delete."""
    return frozenset(str(one["urn"]) for one in resources(deployment) if not one.get("delete"))


def ids_of(deployment: Mapping[str, Any], kind: str) -> frozenset[str]:
    """Ids of the resources of a type that the state has."""
    found = resources(deployment)
    return frozenset(str(one["id"]) for one in found if one["type"] == kind and one.get("id"))


def pending(deployment: Mapping[str, Any]) -> list[Pending]:
    """The operations that have no recorded end, in the order in which they began."""
    providers = {str(one["urn"]): _inputs(one) for one in resources(deployment)}
    found: list[Pending] = []
    for operation in cast("list[Mapping[str, Any]]", deployment.get("pending_operations") or []):
        resource = cast("Mapping[str, Any]", operation["resource"])
        # A reference is the URN and the id of a provider.
        provider = str(resource.get("provider", "")).rpartition("::")[0]
        found.append(
            Pending(
                urn=str(resource["urn"]),
                type=str(resource["type"]),
                operation=str(operation["type"]),
                inputs=_inputs(resource),
                provider=provider,
                parent=str(resource.get("parent", "")),
                configuration=providers.get(provider, {}),
            )
        )
    return found


def import_document(found: Iterable[tuple[Pending, str]]) -> dict[str, Any]:
    """What `pulumi import --file` takes: resources, each with the id under which it exists."""
    references: dict[str, str] = {}

    def name(urn: str) -> str:
        return references.setdefault(urn, f"r{len(references)}")

    entries = [
        {
            "type": one.type,
            "name": one.name,
            "id": identity,
            **({"parent": name(one.parent)} if one.parent else {}),
            **({"provider": name(one.provider)} if one.provider else {}),
        }
        for one, identity in found
    ]
    table = {reference: urn for urn, reference in references.items()}
    return {"nameTable": table, "resources": entries}
