"""Energy of counted operations on the grid, against sums by hand."""

from mapper.yoso.energy import PJ_PER_ADDED_BIT, PJ_PER_MEMORY_BIT, Operations, energy_pj
from mapper.yoso.params import PeParams

PE = PeParams(weight_bits=4, accumulator_bits=10, potential_bits=20, ticks=8, queue=64)


def test_each_part_by_hand():
    done = Operations(synaptic_ops=100, events=7, updates=30, neurons=5)
    memory = {
        "weight reads": 100 * 16,
        "accumulator reads and writes": 100 * 20,
        "updates of neurons": 30 * (20 + 2 * 24 + 36),
        "clearing": 5 * 34,
        "spike queue": 7 * 2 * (16 + 6),
    }
    expected = {name: bits * PJ_PER_MEMORY_BIT for name, bits in memory.items()}
    expected["additions"] = (100 * 10 + 30 * 20) * PJ_PER_ADDED_BIT
    assert energy_pj(PE, done) == expected
    assert PJ_PER_MEMORY_BIT * 64 == 10 and PJ_PER_ADDED_BIT * 32 == 0.1


def test_nothing_done_costs_nothing():
    assert set(energy_pj(PE, Operations(0, 0, 0, 0)).values()) == {0.0}
