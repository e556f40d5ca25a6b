"""What keeps coming back: texts that say the same, found without being told how many such groups there are.

Invariant: pure and deterministic; a text that is like no others belongs to no cluster.

HDBSCAN (Campello, Moulavi, Sander, 2013) as scikit-learn has it, on the leading principal components of the sentence
embeddings: distances in 384 dimensions are all much alike, and its tree search is quadratic in time there, yet never in
memory.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN
from sklearn.decomposition import PCA

Labels = NDArray[np.int64]
COMPONENTS: Final = 24
SMALLEST: Final = 5
"""Texts that make a cluster."""
NOISE: Final = -1
LEAST_NEARNESS: Final = 0.62
"""Cosine of a member with the middle of its cluster."""
NEIGHBOURS: Final = 3
"""Texts so many of which must be near; fewer give more and smaller clusters."""


def cluster(vectors: NDArray[np.float32], smallest: int = SMALLEST) -> Labels:
    """A number for each row of `vectors` (shape (n, dimensions), rows of length one), or `NOISE`.

    The largest cluster has number 0.
    """
    if len(vectors) < max(2 * smallest, COMPONENTS // 4):
        return np.full(len(vectors), NOISE, dtype=np.int64)
    found = HDBSCAN(
        min_cluster_size=smallest, min_samples=NEIGHBOURS, cluster_selection_method="leaf", copy=True
    ).fit_predict(_reduced(vectors))
    return _by_size(_alike(vectors, found, smallest))


def _reduced(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Leading components, rows of length one again, so that distance means angle."""
    components = min(COMPONENTS, *vectors.shape)
    rows = PCA(components, svd_solver="randomized", random_state=0).fit_transform(vectors.astype(np.float64))
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def _alike(vectors: NDArray[np.float32], labels: NDArray[np.intp], smallest: int) -> NDArray[np.intp]:
    """Without members that are not near the middle of their cluster, and without clusters that are too small then.

    Where there are few texts, density alone makes a cluster of what has nothing in common but being unlike the rest.
    """
    kept = labels.copy()
    for label in np.unique(labels[labels >= 0]):
        rows = np.flatnonzero(labels == label)
        middle = vectors[rows].mean(axis=0)
        near = vectors[rows] @ (middle / max(float(np.linalg.norm(middle)), 1e-9)) >= LEAST_NEARNESS
        kept[rows if near.sum() < smallest else rows[~near]] = NOISE
    return kept


def _by_size(labels: NDArray[np.intp]) -> Labels:
    names, counts = np.unique(labels[labels >= 0], return_counts=True)
    order = {int(name): rank for rank, name in enumerate(names[np.lexsort((names, -counts))])}
    return np.array([order.get(int(label), NOISE) for label in labels], dtype=np.int64)
