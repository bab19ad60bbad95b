"""Our speed and energy beside those that Zou et al. (2021) print (sections 4.3 and 4.4, Table 11).

One full core; their networks, of which only shapes are known, by our cycle estimate and by their
model; and with --net a trained network with its measured activity. An Evidence folder of a run of
that network (--evidence) adds what the RTL took.
"""

from collections.abc import Iterator

import click
from rich.console import Console
from rich.table import Table

from cosim.evidence import read_evidence
from flows.activity import measured_activity
from flows.resolve import find_network, samples_for
from mapper.activity import uniform_activity
from mapper.crossbar.compiler import map_network
from mapper.crossbar.image_cost import image_schedule
from mapper.crossbar.params import PRESETS, CoreParams
from mapper.crossbar.placement import Optimizer
from mapper.crossbar.published import NETWORKS, plan_network
from mapper.crossbar.published_speed import (
    PEAK_OPS_PER_CYCLE,
    SPEED,
    TICK_CYCLES,
    assumptions,
    paper_cycles,
)
from mapper.crossbar.schedule import CLOCK_HZ, Schedule
from mapper.crossbar.shape_cost import shape_schedule
from mapper.crossbar.traffic import pass_loads
from mapper.errors import InputError

PINGPONG = PRESETS["pingpong"]


def core_table() -> Table:
    """A tick of a full core, every column in use, and what it does per cycle.

    "synapses per cycle": all crossings of the crossbar over the tick's cycles, as a core that
    visits every axon would need; "operations per cycle": those with a spike, every synapse on.
    """
    table = Table("core", "axons with a spike", "cycles per tick", "synapses per cycle",
                  "operations per cycle", title="one tick of one core")  # fmt: skip
    crossings = CoreParams().axons * CoreParams().neurons
    table.add_row("published", "any", f"{TICK_CYCLES:,}", str(PEAK_OPS_PER_CYCLE),
                  f"{PEAK_OPS_PER_CYCLE} at most")  # fmt: skip
    for core in (CoreParams(), CoreParams(lanes=128, update_lanes=64)):
        for rate in (1.0, *sorted({SPEED[n].spike_rate for n in SPEED if n.startswith("lenet")})):
            events = round(rate * core.axons)
            cycles = core.tick_bound(events, core.neurons, round(rate * core.neurons / 2))
            table.add_row(f"{core.lanes} lanes", f"{rate:.0%}", f"{cycles:,}",
                          f"{crossings / cycles:.1f}",
                          f"{crossings * events / core.axons / cycles:.1f}")  # fmt: skip
    return table


def shape_table() -> Table:
    """Networks of the paper by shape. "loads hidden": samples per load from which on they are."""
    table = Table("network", "loads", "cycles", "fps", "their cycles", "their fps", "loads hidden",
                  "fps, one sample per load", "MB to load", "M operations", "uJ", "their uJ",
                  title="published networks by shape")  # fmt: skip
    for name in NETWORKS:
        plans = plan_network(name)[:-1]
        single = shape_schedule(plans, assumptions(name))
        cycles = single.compute_cycles_per_sample
        table.add_row(
            name, str(len(single.passes)), f"{cycles:,.0f}", f"{CLOCK_HZ / cycles:,.0f}",
            f"{paper_cycles(plans):,}", f"{SPEED[name].fps:,}", f"{single.samples_to_hide:,}",
            f"{single.frames_per_second:,.1f}", f"{single.bytes_per_sample / 1e6:.1f}",
            f"{single.synaptic_ops / 1e6:.2f}", f"{single.energy_uj:.2f}",
            f"{SPEED[name].millijoules * 1000:,.0f}",
        )  # fmt: skip
    return table


def network_table(net: str, data: str, samples: int, evidence: tuple[str, ...]) -> Table:
    """A trained network, placed row by row and optimized; then the runs of --evidence."""
    network = find_network(net)
    rows = map_network(network, PINGPONG)
    measured = measured_activity(network, samples_for(rows, data, samples).spikes)
    table = Table("placement", "activity", "hops", "hottest link", "host spikes", "tick cycles",
                  "cycles", "fps", "loads hidden", "fps, one sample per load", "operations", "uJ",
                  title=f"{net}, {len(rows.passes)} loads; {samples} of {data}")  # fmt: skip
    for name, activity in (("1 each", uniform_activity(rows)), ("measured", measured)):
        optimized = map_network(network, PINGPONG, place=Optimizer(activity))
        for label, image in (("row by row", rows), ("optimized", optimized)):
            loads = [pass_loads(image, i, activity) for i in range(len(image.passes))]
            table.add_row(
                label, name, f"{sum(load.hops for load in loads):,.0f}",
                f"{max(load.hottest[1] for load in loads):,.0f}",
                f"{sum(load.host_in for load in loads):,.0f}",
                *cells(image_schedule(image, activity)),
            )  # fmt: skip
    for folder in evidence:
        table.add_row(*in_rtl(folder, network.sha256()))
    return table


def cells(schedule: Schedule) -> Iterator[str]:
    """Tick cycles, cycles, fps; samples per load that hide loading, and fps when each sample needs
    its loads; operations, energy.
    """
    cycles = schedule.compute_cycles_per_sample
    yield f"{sum(p.tick_cycles for p in schedule.passes):,.0f}"
    yield f"{cycles:,.0f}"
    yield f"{CLOCK_HZ / cycles:,.0f}"
    yield f"{schedule.samples_to_hide:,}"
    yield f"{schedule.frames_per_second:,.0f}"
    yield f"{schedule.synaptic_ops:,.0f}"
    yield f"{schedule.energy_uj:.3f}"


def in_rtl(folder: str, network_sha256: str) -> list[str]:
    """The row of a run in RTL."""
    record = read_evidence(folder)
    if record.network_sha256 != network_sha256:
        raise InputError(f"{folder}: Evidence of another network, {record.network_name}")
    label = f"{record.data.count} samples, {record.engine}"
    return ["RTL", label, *[""] * 3, f"{record.cycles_per_sample:,.0f}", *[""] * 4,
            f"{record.synaptic_ops_per_sample:,.0f}"]  # fmt: skip


@click.command(help=__doc__)
@click.option("--net", help="A zoo name or a NIR file.")
@click.option("--data", default="mnist:test", show_default=True, help="SET:SPLIT.")
@click.option("--samples", default=50, show_default=True, type=click.IntRange(1))
@click.option("--evidence", multiple=True, help="Evidence folder of a run of the network.")
def main(net: str | None, data: str, samples: int, evidence: tuple[str, ...]) -> None:
    console = Console(width=160)
    console.print(core_table())
    console.print(shape_table())
    if net:
        console.print(network_table(net, data, samples, evidence))


if __name__ == "__main__":
    main()
