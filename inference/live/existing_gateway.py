"""A Gateway of another team: does its listener admit the stack's routes, and at which address."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, final

from pydantic import AliasPath, BaseModel, ConfigDict, Field, ValidationError

from inference.config.finding import set_command
from inference.config.gateway import ExistingGateway
from inference.config.settings import Settings
from inference.live.errors import MalformedError
from inference.live.kubectl import Kubectl, holds
from inference.live.report import Line, ok, problem

NAME: Final = "existing Gateway"
_PROTOCOLS: Final = {"HTTP": False, "HTTPS": True}
"""Those that an HTTPRoute attaches to, and whether each is encrypted."""
_ROUTE: Final = "HTTPRoute"
_NAMESPACES: Final = ("allowedRoutes", "namespaces")
_SELECTOR: Final = (*_NAMESPACES, "selector")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


@final
class _Expression(_Part):
    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
            case _:
                return labels.get(self.key) not in self.values


@final
class _Listener(_Part):
    name: str
    protocol: str
    hostname: str = ""
    kinds: tuple[Mapping[str, str], ...] = Field(
        (), validation_alias=AliasPath("allowedRoutes", "kinds")
    )
    """Of routes; empty for those of its protocol."""
    origin: str = Field("Same", validation_alias=AliasPath(*_NAMESPACES, "from"))
    """Whose namespaces' routes it admits."""
    labels: Mapping[str, str] = Field(
        default_factory=dict[str, str],
        validation_alias=AliasPath(*_SELECTOR, "matchLabels"),
    )
    expressions: tuple[_Expression, ...] = Field(
        (), validation_alias=AliasPath(*_SELECTOR, "matchExpressions")
    )

    def _selects(self, labels: Mapping[str, str]) -> bool:
        return self.labels.items() <= labels.items() and all(
            one.matches(labels) for one in self.expressions
        )

    def refuses(self, settings: Settings, labels: Mapping[str, str]) -> str:
        """Why it takes no route of the stack, whose namespace has these labels; "" if it does."""
        namespace, (theirs, _) = settings.namespace, settings.gateway_object
        match self.origin:
            case "Same" if namespace != theirs:
                return f"admits only routes from namespace {theirs}"
            case "Selector" if not self._selects(labels):
                return f"admits namespaces by labels that {namespace} does not have"
            case "None":
                return "admits no routes"
            case _:
                pass
        if self.protocol not in _PROTOCOLS or (
            self.kinds and all(one.get("kind") != _ROUTE for one in self.kinds)
        ):
            return "accepts no HTTPRoutes"
        wanted = settings.gateway.hostnames
        if wanted and self.hostname and not any(_meet(self.hostname, one) for one in wanted):
            return f"is for {self.hostname}, not for {', '.join(wanted)}"
        return ""


@final
class _Gateway(_Part):
    class_name: str = Field(validation_alias=AliasPath("spec", "gatewayClassName"))
    listeners: tuple[_Listener, ...] = Field(validation_alias=AliasPath("spec", "listeners"))
    conditions: tuple[Mapping[str, Any], ...] = Field(
        (), validation_alias=AliasPath("status", "conditions")
    )
    addresses: tuple[Mapping[str, str], ...] = Field(
        (), validation_alias=AliasPath("status", "addresses")
    )


def _meet(one: str, other: str) -> bool:
    """Whether two hostnames, each perhaps a wildcard, have a name in common."""
    pairs = ((one, other), (other, one))
    return one == other or any(a.startswith("*.") and b.endswith(a[1:]) for a, b in pairs)


def _found(kubectl: Kubectl, existing: ExistingGateway) -> _Gateway | None:
    place = (existing.name, "--namespace", existing.namespace)
    document = kubectl.get("gateway", *place, "--ignore-not-found")
    try:
        return None if document is None else _Gateway.model_validate(document)
    except ValidationError:
        where = "kubectl get gateway"
        raise MalformedError(where) from None


def _labels(kubectl: Kubectl, namespace: str) -> Mapping[str, str]:
    """Labels of a namespace; what the API server gives one that is still to be made."""
    document = kubectl.get("namespace", namespace, "--ignore-not-found") or {"metadata": {}}
    return {"kubernetes.io/metadata.name": namespace, **document["metadata"].get("labels", {})}


def _listeners(
    settings: Settings, existing: ExistingGateway, found: _Gateway, kubectl: Kubectl
) -> Line:
    where = f"{existing.namespace}/{existing.name}"
    wanted = [one for one in found.listeners if existing.listener in {None, one.name}]
    if not wanted:
        names = ", ".join(one.name for one in found.listeners)
        message = f"{where} has no listener {existing.listener}, only {names}"
        return problem(NAME, message, set_command("gateway.existing.listener", "NAME"))
    labels = _labels(kubectl, settings.namespace)
    refusals = {one.name: one.refuses(settings, labels) for one in wanted}
    admitting = [one for one in wanted if not refusals[one.name]]
    if not admitting:
        said = "; ".join(f"listener {name} {why}" for name, why in refusals.items())
        fix = (
            f"ask its team to admit namespace {settings.namespace} for HTTPRoutes in allowedRoutes"
        )
        return problem(NAME, f"{said}: pulumi up would wait for the routes in vain", fix)
    if existing.https not in {_PROTOCOLS[one.protocol] for one in admitting}:
        first, right = admitting[0], str(not existing.https).lower()
        message = f"listener {first.name} uses {first.protocol}: outputs would have the wrong URL"
        return problem(NAME, message, set_command("gateway.existing.https", right))
    names = ", ".join(one.name for one in admitting)
    return ok(NAME, f"{where} admits HTTPRoutes from namespace {settings.namespace} at {names}")


def existing_gateway(settings: Settings, kubectl: Kubectl) -> Iterator[Line]:
    """What is looked at of the Gateway that the routes are attached to; the first thing wrong."""
    existing = settings.gateway.existing
    if existing is None:
        return
    found, wanted = _found(kubectl, existing), settings.gateway.class_name
    where = f"{existing.namespace}/{existing.name}"
    if found is None:
        message = f"{where} is not in the cluster: pulumi up would wait for the routes in vain"
        yield problem(NAME, message, "set one from `kubectl get gateways --all-namespaces`")
        return
    actual = found.class_name
    if actual != wanted:
        message = f"{where} is of class {actual}, not {wanted}: policies may have no effect"
        yield problem(NAME, message, set_command("gateway.className", actual))
    elif not holds(found.conditions, "Programmed"):
        message = f"{where} is not programmed: none of its routes would work"
        fix = f"kubectl describe gateway {existing.name} --namespace {existing.namespace}"
        yield problem(NAME, message, fix)
    else:
        yield _listeners(settings, existing, found, kubectl)


def gateway_address(existing: ExistingGateway, kubectl: Kubectl) -> str | None:
    """The Gateway's first address; None where it has none yet.

    Raises:
        ServiceError: when the cluster does not say.
    """
    found = _found(kubectl, existing)
    values = (one.get("value") for one in found.addresses) if found else ()
    return next(filter(None, values), None)
