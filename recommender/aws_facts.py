"""AWS facts that the plan needs and that no preview may look up: zones, and the vendor's images by region."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from recommender.fact import Fact

AMI_FACT: Final = Fact("sourcegraph/deploy@2d7a30ac CHANGELOG.md (2026-02-19)", "2026-11-22")
"""One AMI a region and release since 6.2.1106; earlier releases had one a size and are not offered here."""

AMIS: Final = MappingProxyType(
    {
        "6.12.5040": MappingProxyType(
            {
                "af-south-1": "ami-055d6748db105fb07",
                "ap-east-1": "ami-0dfd68a730fa78ec7",
                "ap-northeast-1": "ami-0e6fa086c1fe6f903",
                "ap-northeast-2": "ami-0d35255b63eaca134",
                "ap-south-1": "ami-0124badcff66bdae2",
                "ap-southeast-1": "ami-02cd461c2b8079034",
                "ap-southeast-2": "ami-0914836f2fd68855a",
                "ap-southeast-3": "ami-07dbae8b1bce056e5",
                "ca-central-1": "ami-018d38fc2aedc4099",
                "eu-central-1": "ami-0eee162685fe2a299",
                "eu-north-1": "ami-0952aa5ee0e2871f6",
                "eu-south-1": "ami-013c1540b3d274bf2",
                "eu-west-1": "ami-0b435b8442733145d",
                "eu-west-2": "ami-0bac754d40ef3c9b7",
                "eu-west-3": "ami-0c89e814eb28333a5",
                "me-central-1": "ami-022da75f7844ba4cd",
                "me-south-1": "ami-0e8f2f82e98886ded",
                "sa-east-1": "ami-0c2568a0bbf3187c7",
                "us-east-1": "ami-0d5604b984e5bd659",
                "us-east-2": "ami-0c8ab355f66d8c0bc",
                "us-west-1": "ami-057bc634084b3385b",
                "us-west-2": "ami-02d2e38dd1273bdf4",
            }
        ),
        "6.11.0": MappingProxyType(
            {
                "af-south-1": "ami-0e41c6454af7db0b8",
                "ap-east-1": "ami-0e9b7ba0d29751e67",
                "ap-northeast-1": "ami-066ac1476cd43feed",
                "ap-northeast-2": "ami-09c8e0e6c723fd368",
                "ap-south-1": "ami-0761b57ee6d259f04",
                "ap-southeast-1": "ami-010522ecdeb98b1b0",
                "ap-southeast-2": "ami-02886e5612bd75fc3",
                "ap-southeast-3": "ami-06c56aeb40f80a589",
                "ca-central-1": "ami-0e851efa42156f4e0",
                "eu-central-1": "ami-03127969af9a6f2b4",
                "eu-north-1": "ami-03ce933da17a47c05",
                "eu-south-1": "ami-06bfcfcf4175c423f",
                "eu-west-1": "ami-0c423178e2c6dbc9f",
                "eu-west-2": "ami-04b0f62be620c2c19",
                "eu-west-3": "ami-0db14af21d5b3fab9",
                "me-central-1": "ami-0364082922b1d1a10",
                "me-south-1": "ami-0652350d5b056250a",
                "sa-east-1": "ami-054f37a1dfeebadfa",
                "us-east-1": "ami-03e43752826003651",
                "us-east-2": "ami-0b09cd1829cbbd2e6",
                "us-west-1": "ami-0cbb516366dae3edb",
                "us-west-2": "ami-0d52f4a73c8337eba",
            }
        ),
        "6.9.0": MappingProxyType(
            {
                "af-south-1": "ami-09d3747aaa83d2b00",
                "ap-east-1": "ami-06a3f40adae315a22",
                "ap-northeast-1": "ami-05e53c664fcce1260",
                "ap-northeast-2": "ami-0507ddf9640956b31",
                "ap-south-1": "ami-01bd598df219cbf26",
                "ap-southeast-1": "ami-0a1a5f5add3d5816e",
                "ap-southeast-2": "ami-013942444b0cd793a",
                "ap-southeast-3": "ami-0ec0061dde8ba1343",
                "ca-central-1": "ami-0901a2d171a099ca9",
                "eu-central-1": "ami-0f55cbd93711a0ad9",
                "eu-north-1": "ami-0b202b331c3483277",
                "eu-south-1": "ami-0d79de5b0c73b5c7a",
                "eu-west-1": "ami-07c66cd16b7e8887e",
                "eu-west-2": "ami-023755707f93d1162",
                "eu-west-3": "ami-09268b53eeeff2672",
                "me-central-1": "ami-07c418acda4ef5862",
                "me-south-1": "ami-0d9ccca6973734cc4",
                "sa-east-1": "ami-0afa90b79ec974660",
                "us-east-1": "ami-04a1025de54758894",
                "us-east-2": "ami-0af3a7ec04cfb6bb1",
                "us-west-1": "ami-0961657c66109a7e2",
                "us-west-2": "ami-0d66d3868dae1a011",
            }
        ),
        "6.5.2654": MappingProxyType(
            {
                "af-south-1": "ami-038d1ac7ee035b63a",
                "ap-east-1": "ami-09b8a59f485ecc4e6",
                "ap-northeast-1": "ami-08e86dcce3a483844",
                "ap-northeast-2": "ami-0cde226651352b969",
                "ap-south-1": "ami-08c0c626fd5929754",
                "ap-southeast-1": "ami-068bef9b84e07e2ee",
                "ap-southeast-2": "ami-027f284e5d5d35f70",
                "ap-southeast-3": "ami-005d110b4c5b83a34",
                "ca-central-1": "ami-02475b488d324db82",
                "eu-central-1": "ami-0371656466aee7d3d",
                "eu-north-1": "ami-034cfda2aad7461a5",
                "eu-south-1": "ami-0cd56860a4f5313e2",
                "eu-west-1": "ami-0e137091376b8e615",
                "eu-west-2": "ami-09d272c36fbb74e7c",
                "eu-west-3": "ami-0535aeb980191c5da",
                "me-central-1": "ami-002b32afe6f6569f0",
                "me-south-1": "ami-063c4f4cfada82323",
                "sa-east-1": "ami-041f22f6631798aed",
                "us-east-1": "ami-0c6ff3222cade6156",
                "us-east-2": "ami-0ed8ae738b54c5838",
                "us-west-1": "ami-0b9393f3c9e2dc945",
                "us-west-2": "ami-0e12e9ec7d12cf5bc",
            }
        ),
        "6.4.3889": MappingProxyType(
            {
                "af-south-1": "ami-0a169d94546ab5391",
                "ap-east-1": "ami-07e6e75a5e82989c3",
                "ap-northeast-1": "ami-06dd58cffef1541aa",
                "ap-northeast-2": "ami-0fd90baf83f99b051",
                "ap-south-1": "ami-0a5f942b47afafe75",
                "ap-southeast-1": "ami-09fcd4ece47acbd70",
                "ap-southeast-2": "ami-082e44a80065fceb3",
                "ap-southeast-3": "ami-08cd0963bd6514ad1",
                "ca-central-1": "ami-0c53df2674e01d8a3",
                "eu-central-1": "ami-0d98692190b700e5f",
                "eu-north-1": "ami-0a7c946b8486856b7",
                "eu-south-1": "ami-0d2dd6efae906e0ba",
                "eu-west-1": "ami-0f2c06faa94ef6ca9",
                "eu-west-2": "ami-049f99a599307b05b",
                "eu-west-3": "ami-057f7948708dbd49c",
                "me-central-1": "ami-046e1f160d4999aee",
                "me-south-1": "ami-00c8171709630cf78",
                "sa-east-1": "ami-0a196df254e943df7",
                "us-east-1": "ami-02fb785b041d75e53",
                "us-east-2": "ami-0788bbcc3a06dcf5f",
                "us-west-1": "ami-05701783d38fb9f00",
                "us-west-2": "ami-0cb550c210491db4a",
            }
        ),
        "6.2.1106": MappingProxyType(
            {
                "af-south-1": "ami-00171001ff8d3d88d",
                "ap-east-1": "ami-0f37ca06b1b0d548f",
                "ap-northeast-1": "ami-09375b8e6568193d2",
                "ap-northeast-2": "ami-0409c6d05e3b4a41e",
                "ap-south-1": "ami-04973a20b32b46e87",
                "ap-southeast-1": "ami-09af3a4b3280b8ab6",
                "ap-southeast-2": "ami-06bc42128405a4007",
                "ap-southeast-3": "ami-04268e1ae96fc77d2",
                "ca-central-1": "ami-01988f6693d87fef7",
                "eu-central-1": "ami-0ef418452c50067cc",
                "eu-north-1": "ami-0a422b679c2f3ac1c",
                "eu-south-1": "ami-0f1936328f5cdaf94",
                "eu-west-1": "ami-097b5c438fab59474",
                "eu-west-2": "ami-044155f4c40370aa6",
                "eu-west-3": "ami-03b1827bc307d7915",
                "me-central-1": "ami-025aef00e5fca4500",
                "me-south-1": "ami-036379f4ea4cf6d09",
                "sa-east-1": "ami-08d8150854efd990c",
                "us-east-1": "ami-05d2612412a6640f8",
                "us-east-2": "ami-0872dbc029579f6d1",
                "us-west-1": "ami-0983757870a7fed9b",
                "us-west-2": "ami-0c747b71b5e7b605b",
            }
        ),
    }
)

BASE_FACT: Final = Fact(
    "PyPI moto 5.2.5 moto/ssm/resources/ami-amazon-linux-latest/, parameter al2023-ami-kernel-6.12-x86_64 (2026-09-30)",
    "2026-11-22",
    verified=False,
)
"""Unverified: a library that imitates AWS bundles what AWS answered on that day; no second source has these ids."""

BASE_IMAGES: Final = MappingProxyType(
    {
        "af-south-1": "ami-0c771b8c8aa6382ed",
        "ap-east-1": "ami-033b7381a79f8c270",
        "ap-northeast-1": "ami-02b76b739f98bb809",
        "ap-northeast-2": "ami-0c0d5770143c0ff66",
        "ap-south-1": "ami-0a59fb4395466ed05",
        "ap-southeast-1": "ami-03431ee7541955c29",
        "ap-southeast-2": "ami-072602730be089ec7",
        "ap-southeast-3": "ami-07effa9360a15417f",
        "ca-central-1": "ami-0a86fb9c29e94709f",
        "eu-central-1": "ami-0149e5f1dd5234430",
        "eu-north-1": "ami-0f980b876fce6ce35",
        "eu-south-1": "ami-0dce19fe02cc1f8ef",
        "eu-west-1": "ami-010210687841fde65",
        "eu-west-2": "ami-0d3e0011a840a58cf",
        "eu-west-3": "ami-09361016187ae549e",
        "me-central-1": "ami-01a0867a7404963c8",
        "me-south-1": "ami-0330b1588f7a953a3",
        "sa-east-1": "ami-057a8682d3e6c20c6",
        "us-east-1": "ami-0ac48d91c7d16772c",
        "us-east-2": "ami-0aae66d0a8a2ea1c6",
        "us-west-1": "ami-016c0065eaa3b64ff",
        "us-west-2": "ami-00e236d9d38e7c625",
    }
)
"""Region to Amazon Linux 2023 (x86_64, kernel 6.12; me-central-1 and me-south-1 have older builds): what the installers
run on where no image is named. It brings the Session Manager agent, and the AWS command line, which reads the secrets.
"""

ZONES: Final = MappingProxyType(
    {
        # region: letters of its zones. moto 5.2.5 availability_zones_and_regions.py, read 2026-11-22. use1-az3
        # (us-east-1e there) is left out: none of the machine families that the plan uses is offered in it. Accounts
        # opened before 2025-11 may map letters to zones differently in the oldest regions (AWS documentation,
        # "Availability Zone IDs"); `deployment.zone` overrules the choice.
        "af-south-1": "abc",
        "ap-east-1": "abc",
        "ap-northeast-1": "acd",
        "ap-northeast-2": "abcd",
        "ap-south-1": "abc",
        "ap-southeast-1": "abc",
        "ap-southeast-2": "abc",
        "ap-southeast-3": "abc",
        "ca-central-1": "abd",
        "eu-central-1": "abc",
        "eu-north-1": "abc",
        "eu-south-1": "abc",
        "eu-west-1": "abc",
        "eu-west-2": "abc",
        "eu-west-3": "abc",
        "me-central-1": "abc",
        "me-south-1": "abc",
        "sa-east-1": "abc",
        "us-east-1": "abcdf",
        "us-east-2": "abc",
        "us-west-1": "ab",
        "us-west-2": "abcd",
    }
)


def zones_of(region: str) -> tuple[str, ...]:
    """Zone names of a region, in a fixed order; empty for a region that is not in the table."""
    return tuple(f"{region}{letter}" for letter in ZONES.get(region, ""))
