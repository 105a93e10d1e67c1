"""What our monitor can do, as SDKs ask for it: only what is implemented; SDKs have a fall-back for the rest."""

from __future__ import annotations

import os
from typing import Final

_FEATURES: Final = (
    ("SECRETS", "secrets"),
    ("RESOURCE_REFERENCES", "resourceReferences"),
    ("OUTPUT_VALUES", "outputValues"),
    ("ALIAS_SPECS", "aliasSpecs"),
    ("REPLACEMENT_TRIGGER", "replacementTrigger"),
    ("DELETED_WITH", "deletedWith"),
    ("REPLACE_WITH", "replaceWith"),
    ("TRANSFORMS", "transforms"),
    ("INVOKE_TRANSFORMS", "invokeTransforms"),
    ("PARAMETERIZATION", "parameterization"),
    ("RESOURCE_HOOKS", "resourceHooks"),
    ("ERROR_HOOKS", "errorHooks"),
    ("BYTE_STRING", ""),
    ("INVOKE_DEPENDS_ON", ""),
    ("INVOKE_PARENT", ""),
)
"""The name in the protocol's enum, and the identifier that older SDKs ask about, where there is one."""

_SWITCHES: Final = {
    "RESOURCE_REFERENCES": "PULUMI_DISABLE_RESOURCE_REFERENCES",
    "OUTPUT_VALUES": "PULUMI_DISABLE_OUTPUT_VALUES",
}


def supported() -> tuple[str, ...]:
    """The features by their names in the protocol's enum, without its prefix."""
    return tuple(name for name, _ in _FEATURES if not _is_off(name))


def supports(identifier: str) -> bool:
    """Whether a feature is supported, by the identifier that older SDKs use; unknown ones are not."""
    return any(identifier and old == identifier and not _is_off(name) for name, old in _FEATURES)


def _is_off(name: str) -> bool:
    switch = _SWITCHES.get(name)
    return switch is not None and os.environ.get(switch, "").lower() in ("1", "true")
