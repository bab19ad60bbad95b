"""What a page says of a hybrid chip."""
