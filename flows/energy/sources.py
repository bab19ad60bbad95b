"""What a network did, from samples that run now or from Evidence of a run in hardware."""

from pathlib import Path

from cosim.evidence import Evidence, read_evidence
from mapper.errors import VerificationError
from mapper.fabrics import find_fabric
from mapper.hybrid.image import HybridImage
from mapper.network import Network

from ..map_arguments import MapArguments
from ..mapping import image_as
from ..output import progress_bar
from ..recheck import Selection, Sources, recheck, recorded_network
from ..resolve import find_network, samples_for
from .measure import Measured, measure, measure_hybrid

__all__ = ["from_evidence", "from_samples"]


def from_samples(net: str, data: str, limit: int | None, core: str) -> Measured:
    """Samples of SET:SPLIT through a network (zoo name or file); core: of the hybrid chip that a
    directly coded one is mapped onto.

    Raises InputError for what cannot be found, mapped or run.
    """
    find_fabric("hybrid").parse(core)  # also when it is not needed, bad input is refused
    network = find_network(net)
    arguments = MapArguments(net=net, target="hybrid" if network.direct else "crossbar", core=core)
    return _run(network, arguments, data, 0, limit)


def _run(
    network: Network, arguments: MapArguments, data: str, first: int, limit: int | None
) -> Measured:
    if not network.direct:
        return measure(network, samples_for(network, data, limit, first))
    image = image_as(arguments, network)
    assert isinstance(image, HybridImage)
    samples = samples_for(image, data, limit, first)
    with progress_bar("golden model", len(samples)) as bar:
        task = bar.task_ids[0]
        return measure_hybrid(network, image, samples, progress=lambda n: bar.advance(task, n))


def from_evidence(folder: Path, limit: int | None) -> Measured:
    """The samples of a record, or its first ones. The golden model runs them again.

    Raises VerificationError when it does something else than the hardware did, in spikes,
    potentials or, of all samples, in counters; InputError for what is missing or damaged.
    """
    evidence = read_evidence(folder)
    count = min(limit or evidence.data.count, evidence.data.count)
    first = evidence.data.first
    found = recheck(folder, Selection(samples=f"{first}-{first + count - 1}"), Sources(),
                    golden=True)  # fmt: skip
    if not found.passed:
        raise VerificationError(f"{folder}: {'; '.join(found.differences)}")
    arguments = MapArguments.read(evidence.mapping, f"{folder}: the record")
    network = recorded_network(folder, None, arguments.net)
    data = f"{evidence.data.name}:{evidence.data.split}"
    measured = _run(network, arguments, data, first, count)
    if count == evidence.data.count:
        _check_counters(folder, evidence, measured)
    return measured


def _check_counters(folder: Path, evidence: Evidence, measured: Measured) -> None:
    """Those that the record has, of the whole chip."""
    for name in ("events", "synaptic_ops", "spikes"):
        recorded = getattr(evidence, f"{name}_per_sample")
        if measured.counters and measured.counters[name] != recorded:
            raise VerificationError(
                f"{folder}: {name}: the hardware counted {recorded} per sample, the golden model "
                f"{measured.counters[name]}"
            )
