"""Each claim of the link has a bug that violates it: the prover must find a run that shows it."""

import pytest

from rtl.link import inbox

from .inbox_properties import InboxProperties
from .planted import planted
from .prover import refute

BUGS = {
    "packets are overwritten": ("(waiting + (self.at >> 3) < self.depth)", "1"),
    "a frame too early is taken": ("self.offer & (behind == 0)", "self.offer & ~behind[-1]"),
    "acknowledged without room": ("waiting <= self.depth // 2", "waiting <= self.depth"),
    "bytes in the wrong order": ("Cat(word[8:], port.data)", "Cat(port.data, word[:-8])"),
    "another packet is read": ("Cat(byte[:3], self.taken)", "Cat(byte[:3], self.taken + 1)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_inbox(tmp_path, bug):
    wrong = planted(inbox, *BUGS[bug])
    refute(InboxProperties(wrong.Inbox(4)), tmp_path)
