"""A pytest plugin: the bins that the session's runs have hit, merged over its processes.

Its line ends `make test`. `SPIKELOOM_COVERAGE=FILE` writes the bins and their hits there too.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

__all__ = ["FunctionalCoverage"]

_NAMED = 20
"""Bins that were not hit and are named; a session of few tests misses most."""


class FunctionalCoverage:
    """Counts, in each process, the runs that hit a bin; the first process adds them up."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()

    def _observe(self, run) -> None:
        from cosim.coverage import bins_of

        self.hits.update(bins_of(run))

    @pytest.hookimpl
    def pytest_collection_finish(self, session) -> None:
        """Only now: a session that tests no chip need not load the simulator."""
        if any("cosim" in Path(item.path).parts for item in session.items):
            from cosim.observers import OBSERVERS

            OBSERVERS.append(self._observe)

    @pytest.hookimpl
    def pytest_sessionfinish(self, session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["functional_coverage"] = dict(self.hits)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node, error) -> None:
        self.hits.update(getattr(node, "workeroutput", {}).get("functional_coverage", {}))

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter) -> None:
        if not self.hits:
            return
        from cosim.coverage import all_bins

        bins = all_bins()
        missing = sorted(bins - self.hits.keys())
        hit = len(bins) - len(missing)
        terminalreporter.section("functional coverage")
        terminalreporter.line(
            f"functional coverage {hit}/{len(bins)} bins ({100 * hit / len(bins):.1f} %)"
        )
        for name in missing[:_NAMED]:
            terminalreporter.line(f"  not hit: {name}")
        if len(missing) > _NAMED:
            terminalreporter.line(f"  and {len(missing) - _NAMED} more")
        if path := os.environ.get("SPIKELOOM_COVERAGE"):
            counts = {name: self.hits[name] for name in sorted(bins)}
            Path(path).write_text(json.dumps(counts, indent=1) + "\n")
