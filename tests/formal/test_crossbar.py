"""The parts of a crossbar core and the chip's barrier, proved by induction (docs/proofs.md)."""

from types import SimpleNamespace

import pytest

from mapper.crossbar.params import PRESETS, CoreParams
from rtl.bit_scanner import BitScanner
from rtl.config.unit import ConfigUnit
from rtl.crossbar.column_sum import ColumnSum
from rtl.crossbar.neuron_step import NeuronStep
from rtl.crossbar.tick_gate import TickGate
from rtl.packet_queue import PacketQueue

from .axon_bank_properties import AxonBankProperties
from .column_sum_properties import ColumnSumProperties
from .config_properties import ConfigProperties
from .core_properties import CoreProperties
from .fifo_properties import PacketQueueProperties
from .neuron_properties import NeuronProperties
from .prover import check
from .route_properties import RouteProperties
from .scanner_properties import ScannerProperties
from .tick_gate_properties import BarrierProperties, TickGateProperties
from .update_properties import UpdateProperties


@pytest.mark.parametrize(
    "core",
    [SimpleNamespace(potential_bits=4, sum_bits=6), CoreParams()],
    ids=["potentials of 4 bits", "the full core"],
)
def test_a_neuron_does_what_the_document_says(tmp_path, core):
    check(NeuronProperties(NeuronStep(core)), tmp_path)


def test_columns_of_a_neuron_add_up(tmp_path):
    part = ColumnSum(SimpleNamespace(update_lanes=8, sum_bits=2))
    check(ColumnSumProperties(part), tmp_path, depth=2)


def test_every_column_is_updated_with_what_is_its_own(tmp_path):
    check(UpdateProperties(), tmp_path, depth=7)


def test_every_flag_is_told_once(tmp_path):
    check(ScannerProperties(BitScanner(64, ScannerProperties.TAG)), tmp_path)


def test_every_route_is_sent_once_in_order(tmp_path):
    check(RouteProperties(), tmp_path, depth=2)


def test_axons_come_out_once(tmp_path):
    check(AxonBankProperties(), tmp_path, depth=2)


def test_every_packet_has_one_reaction_and_every_tick_its_order(tmp_path):
    check(CoreProperties(PRESETS["tiny"]), tmp_path)


def test_every_access_is_answered_once(open_answers, tmp_path):
    check(ConfigProperties(ConfigUnit()), tmp_path, depth=4)


def test_packets_wait_in_order(tmp_path):
    check(PacketQueueProperties(PacketQueue(8)), tmp_path)


@pytest.mark.parametrize("banks", [1, 2])
def test_the_gate_keeps_ticks_and_accesses_apart(tmp_path, banks):
    check(TickGateProperties(TickGate(banks)), tmp_path)


def test_no_spike_crosses_a_tick(tmp_path):
    check(BarrierProperties(TickGate(2)), tmp_path)
