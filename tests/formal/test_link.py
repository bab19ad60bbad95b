"""The board's end of the link, proved by induction (docs/host.md)."""

from rtl.link.inbox import Inbox

from .inbox_properties import InboxProperties
from .prover import check


def test_what_the_host_sends_arrives_once_in_order(tmp_path):
    check(InboxProperties(Inbox(32)), tmp_path)
