"""The activity that costs are counted with."""

from typing import Any

from mapper.activity import Activity, uniform_activity
from mapper.image import Image
from mapper.network import Network

from ..activity import measured_activity
from ..output import step
from ..resolve import samples_for

__all__ = ["activity_name", "activity_of"]

_SAMPLES = 100


def activity_of(network: Network, image: Image[Any], data: str | None) -> Activity:
    """Spikes per sample of every element, on SET:SPLIT; without it one each."""
    if data is None:
        return uniform_activity(image)
    with step(f"measuring activity on {data}"):
        return measured_activity(network, samples_for(image, data, _SAMPLES).spikes)


def activity_name(data: str | None) -> str:
    """The same in words."""
    return data or "one spike per neuron and sample"
