"""The commands that repeat a run."""

from mapper.fabrics import find_fabric

from .run import Run

__all__ = ["commands"]


def commands(run: Run) -> list[str]:
    """From the Network, by its name in the zoo or its file, to this page."""
    evidence = run.evidence
    data, (width, height) = evidence.data, run.mesh
    first = f" --first {data.first}" if data.first else ""
    samples = f"--data {data.name}:{data.split}{first} --limit {data.count}"
    # Defaults of the command line are left out.
    target = "" if run.fabric == "crossbar" else f"--target {run.fabric} "
    pace = "" if evidence.pace == "tick" else f" --pace {evidence.pace}"
    how = _stalls(run) + pace
    hardware = f"{target}--core {_core(run)} --mesh {width}x{height}"
    return [
        f"spikeloom map {evidence.network_name} {hardware} -o CHIP",
        f"spikeloom cosim CHIP {samples} --engine {evidence.engine}{how} -o EVIDENCE",
        "spikeloom report EVIDENCE -o PAGE.html",
    ]


def _core(run: Run) -> str:
    """The preset with the fewest changes, as the option `--core` takes it."""
    core = run.evidence.chip["core"]
    changes = {
        name: [f"{k}={core[k]}" for k in core if core[k] != getattr(preset, k)]
        for name, preset in find_fabric(run.fabric).presets.items()
    }
    name = min(changes, key=lambda n: len(changes[n]))
    return ",".join([name, *changes[name]])


def _stalls(run: Run) -> str:
    stalls = run.evidence.stalls
    jobs = f" --jobs {stalls['jobs']:.0f}" if "jobs" in stalls else ""
    if not (stalls.get("source") or stalls.get("sink")):
        return jobs
    return f" --stall {stalls['source']} --seed {stalls.get('seed', 0):.0f}{jobs}"
