"""From a trained rule to the Network of its integers."""

from mapper.network import Network

from .encoders import encoded_shape
from .recipe import Recipe
from .rules import Rule

__all__ = ["build_network"]


def build_network(recipe: Recipe, rule: Rule, shape: tuple[int, ...]) -> Network:
    """The integers that `rule.run` computes with, as a Network for images of `shape`."""
    populations, connections = rule.export()
    encoding, planned = rule.encoding(recipe.encoding), recipe.layers.input_shape
    return Network(
        name=recipe.name,
        input_shape=encoded_shape(planned if len(planned) > 1 else shape, encoding),
        populations=populations,
        connections=connections,
        output=populations[-1].name,
        ticks=recipe.ticks,
        decision=rule.decision,
        encoding=encoding,
    )
