"""The things that a record names, found again and compared: network, image, data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosim.digests import Digests, overall_digest
from cosim.evidence import Evidence
from mapper.errors import InputError
from mapper.fabrics import load_image
from mapper.image import Image
from mapper.network import Network

from ..map_arguments import MapArguments
from ..mapping import image_as
from ..output import step
from ..resolve import Samples, find_network, samples_for
from ..zoo import zoo_names
from .result import Recheck

__all__ = ["Sources", "Things", "check_things", "recorded_network"]


@dataclass(frozen=True)
class Sources:
    """Where things are, if not where the record says. chip: an image's folder, which then is not
    made again; net: the network's file. InputError for both.
    """

    chip: Path | None = None
    net: str | None = None

    def __post_init__(self) -> None:
        if self.chip and self.net:
            raise InputError("--chip holds the mapped network: leave out --net")


@dataclass(frozen=True)
class Things:
    """What a run needs; the samples are all those of the record."""

    image: Image[Any]
    samples: Samples


def check_things(
    folder: Path, evidence: Evidence, digests: Digests, sources: Sources, found: Recheck
) -> Things | None:
    """Find and compare; None when one has changed on which results depend.

    Raises InputError for what cannot be found.
    """
    found.must_equal("digests.bin", evidence.digests_sha256, overall_digest(digests))
    image = _image(folder, evidence, sources, found)
    if image is None:
        return None
    data = evidence.data
    samples = samples_for(image, f"{data.name}:{data.split}", data.count, data.first)
    if not found.must_equal("data", data.sha256, samples.facts().sha256):
        return None
    return Things(image, samples)


def _image(folder: Path, evidence: Evidence, sources: Sources, found: Recheck) -> Image[Any] | None:
    if sources.chip:
        image = load_image(sources.chip)
        if not found.must_equal("network", evidence.network_sha256, image.network_sha256):
            return None
    else:
        arguments = MapArguments.read(evidence.mapping, f"{folder}: the record")
        network = recorded_network(folder, sources.net, arguments.net)
        if not found.must_equal("network", evidence.network_sha256, network.sha256()):
            return None
        with step("mapping the network again"):
            image = image_as(arguments, network)
    same = found.must_equal("image", evidence.image_sha256, image.sha256())
    same &= found.must_equal("decision", evidence.decision, image.decision)
    return image if same else None


def recorded_network(folder: Path, given: str | None, recorded: str) -> Network:
    """The network `given`, or else that of the record in `folder`: a file lies here or beside it.

    Raises InputError when it is in neither place.
    """
    if given or recorded in zoo_names():
        return find_network(given or recorded)
    places = (Path(recorded), folder.resolve().parent / recorded)
    for place in places:
        if place.is_file():
            return find_network(str(place))
    raise InputError(f"{folder}: the network {recorded} is neither here nor beside the record: "
                     "give --net FILE or --chip CHIP")  # fmt: skip
