"""The commands that repeat a run."""

from ..map_arguments import MapArguments
from .run import Run

__all__ = ["commands"]


def commands(run: Run) -> list[str]:
    """From the Network, by its name in the zoo or its file, to this page. What made an image that
    no command made is not known.
    """
    evidence, data = run.evidence, run.evidence.data
    first = f" --first {data.first}" if data.first else ""
    samples = f"--data {data.name}:{data.split}{first} --limit {data.count}"
    # Defaults of the command line are left out.
    pace = "" if evidence.pace == "tick" else f" --pace {evidence.pace}"
    by_core = " --by-core" if evidence.by_core else ""
    how = f"--engine {evidence.engine}{_stalls(run)}{pace}{by_core}"
    mapping = MapArguments.read(evidence.mapping, run.folder) if evidence.mapping else None
    return [
        *([f"{mapping.command()} -o CHIP"] if mapping else []),
        f"spikeloom cosim CHIP {samples} {how} -o EVIDENCE",
        "spikeloom verify EVIDENCE",
        "spikeloom report EVIDENCE -o PAGE.html",
    ]


def _stalls(run: Run) -> str:
    stalls = run.evidence.stalls
    if not (stalls.source or stalls.sink):
        return ""
    return f" --stall {stalls.source} --seed {stalls.seed}"
