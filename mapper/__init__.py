"""The vocabulary (Network, hardware parameters, ChipImage) and the compiler between them."""
