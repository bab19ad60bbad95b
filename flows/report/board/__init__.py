"""What a page says of a chip on an FPGA board."""

from .page import write_board_page

__all__ = ["write_board_page"]
