"""`fashion`: Fashion-MNIST, 60,000 + 10,000 pictures of clothing, 28x28 (Xiao et al. 2017)."""

from .base import Dataset
from .idx import IdxSource, load_idx

__all__ = ["load"]

SOURCE = IdxSource(
    name="fashion",
    folder="fashion-mnist",
    mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",),
    md5={
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    },
)


def load(split: str) -> Dataset:
    """Return one split: images uint8 (60000 or 10000, 28, 28), classes 0..9."""
    return load_idx(SOURCE, split)
