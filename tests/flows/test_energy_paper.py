"""What `flows.energy.paper` says of the paper follows from what the paper prints."""

from math import log

import pytest

from flows.energy.compare import DIGITAL, FULL, PIM, compare
from flows.energy.constants import read_constants
from flows.energy.equations import ac_energy, ann_cost, mac_energy, pim_cost
from flows.energy.measure import Measured
from flows.energy.paper import AVERAGES, INCONSISTENT, PRINTED, published_layers

C = read_constants()
CNN_3D = published_layers("cnn-3d", 0.5)
FULL_ANN, LOW_ANN = "ANN full / SNN", "ANN low / SNN"


def said(text: str) -> None:
    assert sum(text in line for line in INCONSISTENT) == 1, text


def test_quantized_multiplications():
    said("8.1x")
    said("Q^1.51")
    assert round(mac_energy(C, 32, 32) / mac_energy(C, 6, 6), 1) == 8.1
    assert round(log(12.5) / log(32 / 6), 2) == 1.51
    assert round(C["E_mac"] / 12.5 / ac_energy(C, 6)) == 13


def test_ratios_between_ratios():
    said("5.9x apart")
    assert round(PRINTED[FULL_ANN]["energy"] / PRINTED[LOW_ANN]["energy"], 1) == 5.9
    assert round(AVERAGES[FULL_ANN]["energy"] / AVERAGES[LOW_ANN]["energy"], 1) == 12.5


def test_weights_alone():
    said("E_read = 5.2 pJ")
    full = compare(C, Measured(CNN_3D, 5, 1)).totals[FULL].energy
    reads = sum(work.shape.weights for work in CNN_3D) * C["E_read"]
    assert reads > 4 * full / PRINTED[FULL_ANN]["energy"]
    compute = sum(work.shape.macs for work in CNN_3D) * C["E_mac"]
    assert round(compute / full, 2) == 0.98  # as the paper says, so the terms are right


def test_precision_of_the_times():
    # EDP over energy is the delay: only T_mac at 6 bits, times the ratio of logarithms, fits.
    delays = {n: AVERAGES[n]["edp"] / AVERAGES[n]["energy"] for n in (FULL_ANN, LOW_ANN)}
    assert delays[FULL_ANN] / delays[LOW_ANN] == pytest.approx(log(32) / log(6), rel=0.01)
    said("17.76x and 9.2x")
    assert round(delays[FULL_ANN], 1) == 17.8 and round(delays[LOW_ANN], 1) == 9.2


def test_first_layer_in_memory():
    said("output positions")
    first = CNN_3D[0].shape
    digital, memory = ann_cost(C, first, 8, 6), pim_cost(C, first, 6, 16)
    assert digital.energy * first.positions / memory.energy == pytest.approx(8500, rel=0.01)
    said("at most 5 % faster")
    assert digital.delay / pim_cost(C, first, 6, 1 << 30).delay == pytest.approx(1.05, abs=0.01)
    said("53 %")
    assert round(1 - 1 / 2.12, 2) == 0.53
    said("352.8x")
    assert 84 * 84 * 27 / first.weights == 352.8 and 84 * 84 * 2 / first.weights < 27


def test_what_is_reproduced():
    """Section 7.3.2: 1.28x energy by PIM, the first layer 27 % of it; for spikes below 1.4."""
    found = [compare(C, Measured(published_layers("cnn-3d", z), 5, 1)) for z in (0.0, 1.4)]
    gains = [one.ratio(DIGITAL, PIM)["energy"] for one in found]
    assert gains[0] > PRINTED["SNN / PIM"]["energy"] > gains[1]
    assert found[0].first_share > 0.27 > found[1].first_share
