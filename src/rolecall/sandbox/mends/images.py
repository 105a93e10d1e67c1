"""Machine images that programs look for: moto's end in 2017 or 2021, so that most filters of today find nothing.

Names, owners and devices are those of the publishers' releases; ids are ours. One release of each line is enough: a
program asks for the newest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rolecall.sandbox.world import World

if TYPE_CHECKING:
    from rolecall.sandbox.gate import Exchange

AMAZON, CANONICAL, DEBIAN = "137112412989", "099720109477", "136693071363"

_UBUNTU = {
    "hvm-ssd/ubuntu-bionic-18.04": "20230607",
    "hvm-ssd/ubuntu-focal-20.04": "20250603.1",
    "hvm-ssd/ubuntu-jammy-22.04": "20250712",
    "hvm-ssd-gp3/ubuntu-noble-24.04": "20250704",
}
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


def _published() -> Iterator[tuple[str, str, str, str, str]]:
    """Name, owner, architecture, root device and what it is."""
    for architecture, word in _ARCHITECTURES.items():
        for line, date in _UBUNTU.items():
            title = f"Canonical, Ubuntu, {line.rpartition('-')[2]}, {word} image"
            yield f"ubuntu/images/{line}-{word}-server-{date}", CANONICAL, architecture, "/dev/sda1", title
        for disk in ("gp2", "ebs") if architecture == "x86_64" else ("gp2",):
            name = f"amzn2-ami-hvm-2.0.20250707.0-{architecture}-{disk}"
            yield name, AMAZON, architecture, "/dev/xvda", f"Amazon Linux 2 AMI 2.0 {architecture} HVM {disk}"
        name = f"amzn2-ami-kernel-5.10-hvm-2.0.20250707.0-{architecture}-gp2"
        yield name, AMAZON, architecture, "/dev/xvda", f"Amazon Linux 2 Kernel 5.10 AMI {architecture} HVM gp2"
        for variant in ("", "-minimal"):
            name = f"al2023-ami{variant}-2023.8.20250715.0-kernel-6.1-{architecture}"
            yield name, AMAZON, architecture, "/dev/xvda", f"Amazon Linux 2023 AMI {architecture} HVM kernel-6.1"
        for line, number in (("debian-11", "20250703-2163"), ("debian-12", "20250703-2163")):
            yield f"{line}-{word}-{number}", DEBIAN, architecture, "/dev/xvda", f"{line} ({word})"
    name = "amzn-ami-hvm-2018.03.0.20231218.0-x86_64-gp2"
    yield name, AMAZON, "x86_64", "/dev/xvda", "Amazon Linux AMI 2018.03.0 x86_64 HVM gp2"


def publish(world: World, exchange: Exchange) -> None:
    """Before DescribeImages and RunInstances."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415
    from moto.ec2.models.amis import Ami  # noqa: PLC0415

    region = exchange.call.region
    backend = ec2_backends[exchange.caller.account][region]
    for name, owner, architecture, device, title in _published():
        id_ = "ami-0" + hashlib.sha256(f"{region}/{name}".encode()).hexdigest()[:16]
        if id_ in backend.amis or id_ in backend.deleted_amis:
            continue
        image: Any = Ami(
            backend,
            id_,
            name=name,
            description=title,
            owner_id=owner,
            owner_alias="amazon",
            public=True,
            virtualization_type="hvm",
            architecture=architecture,
            creation_date=datetime(2025, 7, 20, tzinfo=UTC).replace(tzinfo=None),
            image_location=f"amazon/{name}",
            hypervisor="xen",
            root_device_type="ebs",
            root_device_name=device,
        )
        backend.amis[id_] = image
