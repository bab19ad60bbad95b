"""The house's HTML templates."""

from pathlib import Path

import jinja2

from .facts import number, percent

__all__ = ["template"]


def template(name: str) -> jinja2.Template:
    """The file `name` of this folder; what it is given and does not have is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"number": number, "percent": percent}
    return environment.get_template(name)
