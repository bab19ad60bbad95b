"""Do the parts of a GridImage fit each other? Asked of every image that comes from a file."""

from typing import TYPE_CHECKING

from ..image_checks import check_facts

if TYPE_CHECKING:
    from .image import GridImage

__all__ = ["check_image"]


def check_image(image: "GridImage") -> None:
    """Raise ValueError (InputError for shapes), naming the first thing that does not fit."""
    check_facts(image)
