"""The zoo's Evidence, written anew: the same samples of the same networks on the Verilog of now."""

from cosim.evidence import Evidence, read_evidence

from .cosimulate import cosimulate
from .map_arguments import MapArguments
from .mapping import image_as
from .resolve import find_network, samples_for
from .zoo import evidence_path

__all__ = ["renew_evidence"]


def renew_evidence(name: str) -> Evidence:
    """Do a recorded run again, with its own slice, chip and engine, and keep it.

    Raises whatever a run raises.
    """
    folder = evidence_path(name)
    old = read_evidence(folder)
    arguments, data = MapArguments.read(old.mapping, str(folder)), old.data
    image = image_as(arguments, find_network(arguments.net))
    samples = samples_for(image, f"{data.name}:{data.split}", data.count, data.first)
    return cosimulate(image, samples, old.engine, old.stalls, folder, old.pace, figures=False,
                      by_core=old.by_core)  # fmt: skip
