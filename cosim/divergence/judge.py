"""From what a core should and did do to what is wrong with it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .alternatives import Change, input_changes
from .explanation import Core, Explanation

__all__ = ["judge"]

_SHOWN = 4
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def judge(
    core: Core,
    neuron: int | None,
    fired: Bools,
    potentials: Ints,
    added: tuple[Ints, Ints] | None,
    where: dict[str, Any],
) -> Explanation:
    """Explain what neuron `neuron` (of the core) did in a tick; None: only counters differ.

    fired, potentials: (neurons,), what all neurons of the core did
    added: what events, synaptic ops, spikes and stray of the core grew by in this tick, expected
    and actual; None where nobody counted
    """
    changes = input_changes(core, fired, potentials)
    cause, findings = _inputs(core, changes, added)
    if neuron is None:
        return Explanation(cause, findings, core.arriving(0), [], where)
    findings.append(_extent(core, fired, potentials))
    total = int(core.total()[neuron])
    if cause in ("arithmetic", "unknown"):
        findings += _neuron(core, neuron, total, bool(fired[neuron]), int(potentials[neuron]))
    return Explanation(cause, findings, core.arriving(neuron), core.account(neuron, total), where)


def _inputs(
    core: Core, changes: list[Change], added: tuple[Ints, Ints] | None
) -> tuple[str, list[str]]:
    """The cause as far as inputs and counters tell."""
    if added is None:
        return ("inputs", _changes(core, changes)) if changes else ("unknown", [])
    (events, ops), (events_now, ops_now) = (row[:2].tolist() for row in added)
    fitting = [c for c in changes if (c.events, c.ops) == (events_now - events, ops_now - ops)]
    if events != events_now:
        counted = f"the core counted {events_now} events in this tick, not {events}"
        return "inputs", [counted, *_changes(core, fitting)]
    if ops != ops_now:
        text = (f"the core counted {events} events as it should, but {ops_now} synaptic "
                f"operations, not {ops}: its weights are not those of the image")  # fmt: skip
    else:
        text = f"events ({events}) and synaptic operations ({ops}) are as many as should be"
    if fitting:
        return "inputs or weights", [text, *_changes(core, fitting)]
    return ("arithmetic" if ops == ops_now else "weights"), [text]


def _changes(core: Core, changes: list[Change]) -> list[str]:
    lines = [_change(core, c) for c in changes[:_SHOWN]]
    if len(changes) > _SHOWN:
        lines.append(f"... or one of {len(changes) - _SHOWN} more changes of the same effect")
    return lines


def _change(core: Core, change: Change) -> str:
    missing = None if change.missing is None else core.events[change.missing]
    extra = None if change.extra is None else core.events[change.extra]
    if missing is None:
        return f"as if a spike came that nobody sent: {extra}"
    route = f" ({missing.route})" if missing.route else ""
    if extra is None:
        return f"as if the spike of {missing}{route} had not come"
    return f"as if the spike of {missing}{route} had come to {extra.place} instead"


def _neuron(core: Core, neuron: int, total: int, fired: bool, potential: int) -> list[str]:
    """Which other parameter would explain it; of each one the smallest change."""
    found: dict[str, str] = {}
    for words, value, fires in core.variants(neuron, total):
        if (value, fires) == (potential, fired):
            found.setdefault(words.split()[0], f"as with {words}")
    return [*found.values()]


def _extent(core: Core, fired: Bools, potentials: Ints) -> str:
    """How many neurons are concerned."""
    found, values = core.step(core.total()[None])
    wrong = int(((found[0] != fired) | (values[0] != potentials)).sum())
    return f"{wrong} of {len(fired)} neurons of the core are wrong in this tick"
