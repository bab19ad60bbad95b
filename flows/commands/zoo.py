"""spikeloom zoo"""

from typing import Any

import click

from algo.recipe import read_recipe
from mapper.nir_io import read_network

from ..output import emit, json_option, key_values, rows
from ..zoo import network_path, recipe_path, zoo_names

__all__ = ["zoo", "zoo_entries"]


def zoo_entries() -> list[dict[str, Any]]:
    """Per entry: recipe facts, and the accuracies recorded when the network was exported."""
    found = []
    for name in zoo_names():
        recipe = read_recipe(recipe_path(name))
        entry: dict[str, Any] = {
            "name": name, "data": recipe.dataset, "topology": recipe.topology,
            "rule": recipe.rule.name, "ticks": recipe.ticks,
        }  # fmt: skip
        ships = network_path(name).is_file()
        record = read_network(network_path(name)).record if ships else {}
        accuracy = record.get("accuracy", {})
        for kind in ("float", "fake_quantized", "integer"):
            entry[kind] = f"{100 * accuracy[kind]:.2f} %" if kind in accuracy else None
        entry["test_images"] = record.get("test_images")
        entry["retrain"] = f"spikeloom train {name} -o runs/{name}"
        found.append(entry)
    return found


@click.command()
@json_option
def zoo(as_json: bool) -> None:
    """List the networks that ship with the project.

    Accuracies were measured on the data set's test images when the network was exported. Use a
    name wherever a command takes RECIPE, NET or CHIP.
    """
    entries = zoo_entries()
    keys = ("name", "topology", "ticks", "float", "integer", "test_images")
    shown = [{key: entry[key] for key in keys} for entry in entries]  # fits 80 characters
    emit({"networks": entries}, as_json, rows("zoo: accuracies on test images", shown),
         key_values("", {"retrain": "spikeloom train NAME -o runs/NAME"}))  # fmt: skip
