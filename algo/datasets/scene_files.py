"""Hyperspectral scenes as the usual pairs of MATLAB files: a cube and its ground truth."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.files import check_file

from .files import find_file
from .matlab import MatlabError, read_variables

__all__ = ["SCENES", "Scene", "SceneFiles", "read_scene"]

FOLDER = "hyperspectral"
_MAX_BYTES = 1 << 30  # the largest of the four takes 35 MB


@dataclass(frozen=True)
class SceneFiles:
    """What the two files of a scene must hold.

    cube, truth: (file, variable in it)
    shape:       of the cube: height, width, spectral bands
    labels:      of the classes; 0 is a pixel without one
    pixels:      number of labelled pixels
    """

    cube: tuple[str, str]
    truth: tuple[str, str]
    shape: tuple[int, int, int]
    labels: tuple[int, ...]
    pixels: int


SCENES = {
    "salinas-a": SceneFiles(
        ("SalinasA_corrected.mat", "salinasA_corrected"), ("SalinasA_gt.mat", "salinasA_gt"),
        (83, 86, 204), (1, 10, 11, 12, 13, 14), 5_348,
    ),
    "salinas": SceneFiles(
        ("Salinas_corrected.mat", "salinas_corrected"), ("Salinas_gt.mat", "salinas_gt"),
        (512, 217, 204), tuple(range(1, 17)), 54_129,
    ),
    "indian-pines": SceneFiles(
        ("Indian_pines_corrected.mat", "indian_pines_corrected"),
        ("Indian_pines_gt.mat", "indian_pines_gt"),
        (145, 145, 200), tuple(range(1, 17)), 10_249,
    ),
    "pavia-university": SceneFiles(
        ("PaviaU.mat", "paviaU"), ("PaviaU_gt.mat", "paviaU_gt"),
        (610, 340, 103), tuple(range(1, 10)), 42_776,
    ),
}  # fmt: skip
"""Scenes by name, as the Grupo de Inteligencia Computacional (UPV/EHU) publishes them."""


@dataclass(frozen=True, eq=False)
class Scene:
    """cube: float64 (height, width, bands), finite; labels: int64 (height, width), 0..classes-1,
    or -1 without a label.
    """

    cube: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    classes: int


def read_scene(files: SceneFiles) -> Scene:
    """Read and check both files of a scene, which `find_file` looks up in folder hyperspectral.

    Raises InputError, naming file and variable, for a file that is missing or not readable as
    MATLAB 5 to 7, a variable that is missing or has another shape, values that are not finite
    real numbers, and labels that are unknown or too few.
    """
    cube, where = _variable(*files.cube, files.shape)
    if not np.isfinite(cube).all():
        row, column, band = np.argwhere(~np.isfinite(cube))[0]
        raise InputError(
            f"{where}: {cube[row, column, band]} at row {row}, column {column}, band {band}; "
            "expected finite numbers"
        )
    truth, where = _variable(*files.truth, files.shape[:2])
    return Scene(cube, _classes(truth, files, where), len(files.labels))


def _variable(name: str, key: str, shape: tuple[int, ...]) -> tuple[npt.NDArray[np.float64], str]:
    """A variable as floats, and the beginning of messages about it."""
    path = find_file(FOLDER, name, mirrors=())
    check_file(path, "a MATLAB file", _MAX_BYTES)
    where = f"{path}: variable {key}"
    try:
        variables = read_variables(path.read_bytes())
    except (OSError, MatlabError) as error:
        raise InputError(f"{path}: not readable as a MATLAB 5 to 7 file ({error})") from error
    if key not in variables:
        raise InputError(f"{where} is missing; the file holds {', '.join(variables) or 'none'}")
    found = variables[key]
    if found.shape != shape:
        raise InputError(f"{where} has shape {found.shape}, expected {shape}")
    if found.values is None:
        raise InputError(f"{where} must hold real numbers")
    return found.values.astype(np.float64), where


def _classes(
    truth: npt.NDArray[np.float64], files: SceneFiles, where: str
) -> npt.NDArray[np.int64]:
    """Labels as class numbers; -1 for none."""
    known = np.array([0, *files.labels])
    unknown = ~np.isin(truth, known)
    if unknown.any():
        row, column = np.argwhere(unknown)[0]
        allowed = ", ".join(map(str, files.labels))
        raise InputError(
            f"{where}: label {truth[row, column]:g} at row {row}, column {column}; expected 0 "
            f"(none) or {allowed}"
        )
    labels = np.searchsorted(known, truth) - 1
    counts = np.bincount(labels[labels >= 0], minlength=len(files.labels))
    if counts.sum() != files.pixels or not counts.all():
        raise InputError(
            f"{where}: {counts.sum()} labelled pixels in {np.count_nonzero(counts)} classes; "
            f"expected {files.pixels} in {len(counts)}"
        )
    return labels
