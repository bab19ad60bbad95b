"""Command line, recipes, model zoo, reports."""
