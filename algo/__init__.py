"""Training: encoders, quantizers, neuron models, learning rules, data sets, export to Network."""
