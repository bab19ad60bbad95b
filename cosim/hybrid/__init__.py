"""The host's side of a hybrid chip."""
