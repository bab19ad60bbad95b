"""The arbiter, proved for every number of inputs that routers use."""

import pytest

from rtl.arbiter import PacketArbiter

from .arbiter_properties import ArbiterProperties
from .prover import check


@pytest.mark.parametrize("inputs", [2, 3, 4, 5])
def test_arbiter(tmp_path, inputs):
    check(ArbiterProperties(PacketArbiter(inputs)), tmp_path)
