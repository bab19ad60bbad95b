"""spikeloom zoo"""

import sys
from dataclasses import asdict
from typing import Any

import click

from algo.recipe import read_recipe
from mapper.errors import InputError
from mapper.fabrics import FABRICS
from mapper.nir_io import read_network

from ..output import emit, json_option, key_values, progress_bar, rows
from ..zoo import evidence_names, network_path, recipe_path, zoo_names
from ..zoo_check import check_entry, update_record
from ..zoo_evidence import renew_evidence

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
        entry["correct_per_thousand"] = record.get("correct_per_thousand")
        entry["retrain"] = f"spikeloom train {name} -o runs/{name}"
        found.append(entry)
    return found


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--verify", is_flag=True,
              help="Run the networks and compare every decision with the record.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), metavar="N",
              help="Verify with the first N test images only. Default: all.")  # fmt: skip
@click.option("--update", is_flag=True,
              help="Write recipe and correct images into the records, measured anew.")  # fmt: skip
@click.option("--evidence", is_flag=True,
              help="Run the shipped Evidence's samples through the Verilog of now and write it "
              "anew.")  # fmt: skip
@json_option
def zoo(
    names: tuple[str, ...], verify: bool, limit: int | None, update: bool, evidence: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """List the networks that ship with the project, or those called NAME.

    Accuracies were measured on the data set's test images when the network was exported. Use a
    name wherever a command takes RECIPE, NET or CHIP.

    With --verify the integer networks run again: every decision must be as recorded, and on the
    first images every spike and potential of the golden chip must be the network's, where the
    network fits the chip. All networks on all images take a minute or more. Exit code 1 when
    anything differs.

    Evidence of runs through the Verilog ships too: `spikeloom verify NAME` checks it. When the
    Verilog has changed, --evidence does the recorded runs again, which takes minutes, and writes
    the records anew.
    """
    if evidence:
        if verify or update or limit:
            raise InputError("--evidence goes alone, or with names")
        _renew(names, as_json)
        return
    chosen = _chosen(names, verify or update)
    if limit and not verify:
        raise InputError("--limit is for --verify")
    if update:
        with progress_bar("measuring", _images(chosen, None)) as bar:
            for name in chosen:
                update_record(name, lambda images: bar.advance(bar.task_ids[0], images))
    if verify:
        _verify(chosen, limit, as_json)
        return
    entries = [entry for entry in zoo_entries() if entry["name"] in chosen]
    keys = ("name", "topology", "ticks", "float", "integer", "test_images")
    shown = [{key: entry[key] for key in keys} for entry in entries]  # fits 80 characters
    emit({"networks": entries}, as_json, rows("zoo: accuracies on test images", shown),
         key_values("", {"retrain": "spikeloom train NAME -o runs/NAME"}))  # fmt: skip


def _chosen(names: tuple[str, ...], trained: bool) -> list[str]:
    """The entries called so, by default all; `trained`: only those that ship a network."""
    known = [name for name in zoo_names() if not trained or network_path(name).is_file()]
    for name in names:
        if name not in known:
            what = "zoo entry with a trained network" if trained else "zoo entry"
            raise InputError(f"{name}: no such {what}; known: {', '.join(known)}")
    return [name for name in known if not names or name in names]


def _renew(names: tuple[str, ...], as_json: bool) -> None:
    for name in names:
        if name not in evidence_names():
            known = ", ".join(evidence_names())
            raise InputError(f"{name}: no Evidence of the zoo; known: {known}")
    found = {name: renew_evidence(name) for name in names or evidence_names()}
    shown = [
        {
            "name": name,
            "samples": record.data.count,
            "values compared": sum(record.compared.values()),
            "verdict": "PASSED" if record.passed else "FAILED",
        }
        for name, record in found.items()
    ]
    passed = all(record.passed for record in found.values())
    facts = {"passed": passed, "networks": {name: r.summary() for name, r in found.items()}}
    emit(facts, as_json, rows("zoo: Evidence written anew", shown))
    if not passed:
        sys.exit(1)


def _images(names: list[str], limit: int | None) -> int:
    counts = [int(read_network(network_path(name)).record["test_images"]) for name in names]
    return sum(min(count, limit or count) for count in counts)


def _verify(names: list[str], limit: int | None, as_json: bool) -> None:
    found = []
    with progress_bar("test images", _images(names, limit)) as bar:
        for name in names:
            bar.update(bar.task_ids[0], description=f"test images of {name}")
            found.append(
                check_entry(name, limit, lambda images: bar.advance(bar.task_ids[0], images))
            )
    passed = all(not check.differences for check in found)
    shown = [
        {
            "name": check.name,
            "images": check.images,
            "right": check.correct,
            "on chip": ", ".join(name for name in FABRICS if name not in check.not_mapped),
            "values on chip": check.spikes + check.potentials
            or "; ".join(f"{name}: {why}" for name, why in check.not_mapped.items()),
            "verdict": "; ".join(check.differences) or "as recorded",
        }
        for check in found
    ]
    emit({"passed": passed, "networks": [asdict(check) for check in found]}, as_json,
         rows("zoo: verified" if passed else "zoo: FAILED", shown))  # fmt: skip
    if not passed:
        sys.exit(1)
