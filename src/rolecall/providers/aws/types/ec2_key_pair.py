"""ec2.KeyPair: a public key that instances are given at their start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rolecall.model.value import Value
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import TAGS, TAGS_ALL, AutoName, Call, Prop, ResourceType, output
from rolecall.providers.aws.kinds import Text
from rolecall.providers.aws.parts import Facts
from rolecall.providers.aws.services.ec2_ways import TAGGING, arn_of, tagged
from rolecall.providers.aws.work import Work


class PublicKey(Text):
    """A key as text; white space around it means nothing."""

    def clean(self, value: Value) -> Value:
        text = Text.clean(self, value)
        return text.strip() if isinstance(text, str) else text

    def to_aws(self, value: Value) -> Any:
        return str(self.clean(value)).encode()


def identify(work: Work, id: str) -> dict[str, Value]:
    """An import names the key. What it is can not be had any more."""
    return {"keyName": id}


KEY_PAIR = ResourceType(
    type="aws:ec2/keyPair:KeyPair",
    title="EC2 Key Pair",
    service="ec2",
    props=(
        Prop(
            name="keyName",
            replaces=True,
            computed=True,
            conflicts=("keyNamePrefix",),
            checks=(must.length(0, 255),),
        ),
        Prop(
            name="keyNamePrefix",
            replaces=True,
            remembered=True,
            conflicts=("keyName",),
            checks=(must.length(0, 229),),
        ),
        Prop(name="publicKey", kind=PublicKey(), required=True, replaces=True, remembered=True),
        TAGS,
        TAGS_ALL,
        output("arn"),
        output("fingerprint"),
        output("keyPairId"),
        output("keyType"),
    ),
    autoname=AutoName("keyName", prefixed="keyNamePrefix"),
    id="{keyName}",
    identify=identify,
    gone=("InvalidKeyPair.NotFound",),
    create=Call(
        "ImportKeyPair",
        send={"KeyName": "keyName", "PublicKeyMaterial": "publicKey", "TagSpecifications": tagged("key-pair")},
        take={"keyName": "KeyName"},
    ),
    read=Call(
        "DescribeKeyPairs",
        send={"KeyNames": lambda work: [work.id]},
        entry="KeyPairs",
        take={
            "keyName": "KeyName",
            "fingerprint": "KeyFingerprint",
            "keyPairId": "KeyPairId",
            "keyType": "KeyType",
            "tagsAll": "Tags",
        },
    ),
    parts=(
        replace(TAGGING, params={"Resources": lambda work: [work.text("keyPairId")]}),
        Facts(lambda work: {"arn": arn_of(work, f"key-pair/{work.id}")}),
    ),
    delete=Call("DeleteKeyPair", send={"KeyName": lambda work: work.id}),
)
