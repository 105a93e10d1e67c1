"""The three shapes of a bucket: SDK 5 and 6, SDK 7, and BucketV2 with its plural lists; inside, there is SDK 7's."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.model.value import Map, Unknown, Value, unwrap
from rolecall.providers.aws.lines import Line

_V2: Mapping[str, Mapping[str, object]] = {
    "versionings": {"to": "versioning"},
    "websites": {"to": "website"},
    "loggings": {"to": "logging"},
    "serverSideEncryptionConfigurations": {
        "to": "serverSideEncryptionConfiguration",
        "inside": {
            "rules": {
                "to": "rule",
                "inside": {"applyServerSideEncryptionByDefaults": {"to": "applyServerSideEncryptionByDefault"}},
            }
        },
    },
    "objectLockConfiguration": {
        "to": "objectLockConfiguration",
        "single": True,
        "inside": {"rules": {"to": "rule", "inside": {"defaultRetentions": {"to": "defaultRetention"}}}},
    },
    "replicationConfigurations": {
        "to": "replicationConfiguration",
        "inside": {
            "rules": {
                "to": "rules",
                "many": True,
                "inside": {
                    "filters": {"to": "filter"},
                    "destinations": {
                        "to": "destination",
                        "inside": {
                            "accessControlTranslations": {"to": "accessControlTranslation"},
                            "replicationTimes": {"to": "replicationTime"},
                            "metrics": {"to": "metrics"},
                        },
                    },
                    "sourceSelectionCriterias": {
                        "to": "sourceSelectionCriteria",
                        "inside": {"sseKmsEncryptedObjects": {"to": "sseKmsEncryptedObjects"}},
                    },
                },
            }
        },
    },
    "lifecycleRules": {
        "to": "lifecycleRules",
        "many": True,
        "inside": {
            "expirations": {"to": "expiration"},
            "noncurrentVersionExpirations": {"to": "noncurrentVersionExpiration"},
        },
    },
}
"""BucketV2's plural lists: what each is called in the newest shape, whether it really is a list (`many`) or an object
already (`single`), and what is inside."""

_CLASSIC: Mapping[str, Mapping[str, object]] = {"loggings": {"to": "logging"}}


def v2_inward(properties: Map, line: Line) -> Map:
    """BucketV2 to the newest shape."""
    return _inward(properties, _V2)


def v2_outward(properties: Map, line: Line) -> Map:
    """The newest shape to BucketV2."""
    return _region_outward(_outward(properties, _V2), line)


def inward(properties: Map, line: Line) -> Map:
    """A Bucket of any SDK line to the newest shape."""
    if line.major >= 7 and "loggings" not in properties:
        return properties
    inside = _inward(properties, _CLASSIC)
    # Before SDK 7 `region` is the bucket's own region, an output.
    region = inside.get("region")
    return inside.without("region").with_({"bucketRegion": region}) if region is not None else inside


def outward(properties: Map, line: Line) -> Map:
    """The newest shape to a line's Bucket."""
    if line.major >= 7:
        return properties
    return _region_outward(_outward(properties, _CLASSIC), line)


def _region_outward(properties: Map, line: Line) -> Map:
    if line.major >= 7 or "bucketRegion" not in properties:
        return properties
    return properties.without("bucketRegion").with_({"region": properties["bucketRegion"]})


def _inward(properties: Mapping[str, Value], table: Mapping[str, Mapping[str, object]]) -> Map:
    changed: dict[str, Value] = {}
    for name, value in properties.items():
        rule = table.get(name)
        if rule is None:
            changed[name] = value
            continue
        translated = _value_inward(value, rule)
        if translated is not None:
            changed[str(rule["to"])] = translated
    return Map({k: _names(v, table) if k == "__defaults" else v for k, v in changed.items()})


def _value_inward(value: Value, rule: Mapping[str, object]) -> Value:
    inside = rule.get("inside")
    table = inside if isinstance(inside, Mapping) else {}
    plain = unwrap(value)
    if isinstance(plain, Unknown):
        return value
    if rule.get("many"):
        return (
            tuple(_inward(v, table) if isinstance(v, Map) else v for v in plain) if isinstance(plain, tuple) else plain
        )
    only = (plain[0] if plain else None) if isinstance(plain, tuple) else plain
    return _inward(only, table) if isinstance(only, Map) else only


def _names(value: Value, table: Mapping[str, Mapping[str, object]]) -> Value:
    if not isinstance(value, tuple):
        return value
    return tuple(str(table[name]["to"]) if isinstance(name, str) and name in table else name for name in value)


def _outward(properties: Mapping[str, Value], table: Mapping[str, Mapping[str, object]]) -> Map:
    back = {str(rule["to"]): (plural, rule) for plural, rule in table.items()}
    changed: dict[str, Value] = {}
    for name, value in properties.items():
        if name not in back:
            changed[name] = value
            continue
        plural, rule = back[name]
        changed[plural] = _value_outward(value, rule)
    singular = {to: {"to": plural} for to, (plural, _) in back.items()}
    return Map({k: _names(v, singular) if k == "__defaults" else v for k, v in changed.items()})


def _value_outward(value: Value, rule: Mapping[str, object]) -> Value:
    inside = rule.get("inside")
    table = inside if isinstance(inside, Mapping) else {}
    plain = unwrap(value)
    if isinstance(plain, Unknown):
        return value
    if rule.get("many"):
        return (
            tuple(_outward(v, table) if isinstance(v, Map) else v for v in plain) if isinstance(plain, tuple) else plain
        )
    translated: Value = _outward(plain, table) if isinstance(plain, Map) else plain
    if rule.get("single"):
        return translated
    return () if translated is None else (translated,)
