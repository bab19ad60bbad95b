"""The exceptions that the command line knows."""

__all__ = ["InputError", "VerificationError"]


class InputError(ValueError):
    """Bad input: a file, network, recipe, argument or packet.

    The message says what is wrong, where, and what would be right. The command line prints it
    as one line and exits with code 2; nothing else catches it.
    """


class VerificationError(RuntimeError):
    """The hardware did not do what it must; no fault of the user's input. Exit code 1."""
