"""Run samples on a board and compare every value: the step behind `spikeloom host`."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from cosim.board import Board
from cosim.board.go_back import LinkStatistics
from cosim.fabrics import find_fabric
from cosim.shard_runs import shard_size
from cosim.shards import cut
from cosim.summary import Summary, join_summaries, summarize
from cosim.verify import judge
from mapper.image import Image

from .metered import MeteredEnergy
from .output import progress_bar, step
from .resolve import Samples

__all__ = ["BoardRun", "program", "run_on_board"]


@dataclass(frozen=True)
class BoardRun:
    """summary: of all samples; programmed: seconds of that; link: of the whole run"""

    summary: Summary
    programmed: float
    link: LinkStatistics

    def facts(
        self, image: Image[Any], samples: Samples, design: str, energy: MeteredEnergy | None
    ) -> dict[str, Any]:
        """For --json."""
        found, comparison, n = self.summary, self.summary.comparison, self.summary.samples
        right = found.classes == samples.labels
        return {
            "passed": comparison.passed,
            "samples": n,
            "accuracy": float(right.mean()),
            "golden_accuracy": float((found.golden_classes == samples.labels).mean()),
            "spikes_compared": comparison.compared["spikes"],
            "potentials_compared": comparison.compared["potentials"],
            "mismatches": sum(comparison.mismatches.values()),
            "first_mismatch": comparison.first,
            "errors": comparison.errors,
            "cycles_per_sample": float(found.cycles.sum() / n),
            "synaptic_ops_per_sample": float(found.measured["synaptic_ops"].sum() / n),
            "energy": asdict(energy) if energy else None,
            "seconds": found.seconds,
            "samples_per_second": n / found.seconds,
            "programming_seconds": self.programmed,
            "design": design,
            "link": asdict(self.link),
            "network_sha256": image.network_sha256,
        }


def program(board: Board) -> float:
    """Program the board and check its memories; the seconds that took."""
    start = time.perf_counter()
    board.program()
    return time.perf_counter() - start


def run_on_board(board: Board, samples: Samples) -> BoardRun:
    """Program the board, run the samples, compare with the golden model. The chip is programmed
    anew for each shard (`shard_size`), so that memory is bounded.

    Raises EngineError when chip or line fall silent, VerificationError for damaged memories.
    """
    image = board.image
    fabric, shards = find_fabric(image), cut(len(samples), shard_size(image, "tick", len(samples)))
    programmed, found = 0.0, []
    for shard in shards:
        with step("programming the board and checking its memories"):
            programmed += program(board)
        spikes = samples.of_shard(shard)
        golden = fabric.golden(image, spikes, "tick")
        start = time.perf_counter()
        with progress_bar(f"{image.network_name}: samples on the board", shard.count) as bar:
            trace = board.run_all(spikes, lambda done: bar.update(bar.task_ids[0], completed=done))
        seconds = time.perf_counter() - start
        found.append(summarize(image, judge(image, golden, trace, seconds, 0.0), spikes))
    return BoardRun(join_summaries(found), programmed, board.port.statistics)
