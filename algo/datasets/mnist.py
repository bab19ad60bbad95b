"""`mnist`: 60,000 + 10,000 handwritten digits, 28x28 (LeCun, Cortes and Burges)."""

from .base import Dataset
from .idx import IdxSource, load_idx

__all__ = ["load"]

SOURCE = IdxSource(
    name="mnist",
    folder="mnist",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
    ),
    md5={
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    },
)


def load(split: str) -> Dataset:
    """Return one split: images uint8 (60000 or 10000, 28, 28), classes 0..9."""
    return load_idx(SOURCE, split)
