"""What things cost in a region: prices.json, one dated file that names its sources.

`python -m infra.prices` writes it anew from the AWS Price List, where there is an account.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("prices.json")
HOURS_A_MONTH = 730
# EMR gives a node of these types a root volume of 15 GB and 64 GB for each four vCPUs, four times
# at most (https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-storage.html).
ROOT_GB, GB_FOR_FOUR_VCPUS, MOST_GB = 15, 64, 256


class NoPriceError(ValueError):
    """A region or an instance type that has no price; the message says what to do."""


@dataclass(frozen=True)
class Prices:
    """Dollars in one region; ``spot_share`` is what spot costs of on-demand."""

    region: str
    as_of: str
    ec2_hour: Mapping[str, float]
    emr_hour: Mapping[str, float]
    spot_share: float
    ebs_gb_month: float
    s3_thousand_gets: float
    s3_thousand_lists: float

    @classmethod
    def of(cls, region: str, file: Path = FILE) -> Prices:
        """Those of a region. Raises NoPriceError where the file has none for it."""
        content = json.loads(file.read_text())
        known = content["regions"]
        if region not in known:
            raise NoPriceError(
                f"no prices for the region {region}: write them with `make prices "
                f"REGION={region}`, or use {' or '.join(known)}"
            )
        numbers = {name: of for name, of in known[region].items() if name != "source"}
        return cls(region=region, as_of=content["as_of"], **numbers)

    def node_hour(self, kind: str, vcpus: int, *, spot: bool = False) -> float:
        """An hour of one node: machine, EMR's part, disks. Raises NoPriceError."""
        if kind not in self.ec2_hour or kind not in self.emr_hour:
            raise NoPriceError(
                f"instance type {kind} has no price in {self.region}: write it with `make prices "
                f"REGION={self.region} TYPES={kind}`, or use {' or '.join(sorted(self.ec2_hour))}"
            )
        machine = self.ec2_hour[kind] * (self.spot_share if spot else 1.0)
        return machine + self.emr_hour[kind] + self._disks_hour(vcpus)

    def gets(self, count: int) -> float:
        """So many objects read from S3."""
        return count / 1000 * self.s3_thousand_gets

    def listing(self, keys: int) -> float:
        """One look at so many keys, a thousand with each request."""
        return -(-max(keys, 1) // 1000) / 1000 * self.s3_thousand_lists

    def _disks_hour(self, vcpus: int) -> float:
        gigabytes = ROOT_GB + min(vcpus // 4 * GB_FOR_FOUR_VCPUS, MOST_GB)
        return gigabytes * self.ebs_gb_month / HOURS_A_MONTH
