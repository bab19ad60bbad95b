"""The one exception that means "the user's input is wrong"."""

__all__ = ["InputError"]


class InputError(ValueError):
    """Bad input: a file, network, recipe, argument or packet.

    The message says what is wrong, where, and what would be right. The command line prints it
    as one line and exits with code 2; nothing else catches it.
    """
