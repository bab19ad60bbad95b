"""The estimated cycles beside those of the hardware, in Amaranth's simulator."""

from cosim.engines import make_engine
from cosim.golden.crossbar import run_chip
from cosim.verify import verify
from mapper.crossbar.compiler import map_network
from mapper.crossbar.image_cost import image_schedule
from mapper.crossbar.params import CoreParams
from mapper.network import INPUT

CORE = CoreParams(axons=8, neurons=16, lanes=8, update_lanes=4, max_extension=2, routes=16)


def test_one_sample_of_one_tick_takes_at_most_what_is_estimated(make_network, make_spikes):
    """Expected values of one sample are its values, so the estimate must not be exceeded; of what
    it adds up for the worst case, at least a third is really needed.
    """
    network = make_network(
        5, levels=[[8], [16]], inputs=8, formats=["ternary"], recurrent=0, ticks=1
    )
    image, spikes = map_network(network, CORE), make_spikes(network, 1)
    run = verify(make_engine("amaranth", image.params), image, spikes)
    assert run.comparison.passed
    fired = run_chip(image, spikes).spikes
    activity = {INPUT: spikes[0, 0] * 1.0} | {n: s[0, 0] * 1.0 for n, s in fired.items()}
    (estimate,) = image_schedule(image, activity).passes
    measured = int(run.rtl.cycles.sum())
    print(f"measured {measured}, estimated {estimate.tick_cycles}")
    assert estimate.tick_cycles / 3 <= measured <= estimate.tick_cycles
