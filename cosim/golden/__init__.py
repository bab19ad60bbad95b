"""Golden models: what each fabric must compute, in numpy integers."""
