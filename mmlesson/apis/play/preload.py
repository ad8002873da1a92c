"""Imports of `worker`, made once for all processes that are forked from the server."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter('ignore')

    import mmlesson.apis.play.worker
    import mmlesson.datasets
    import mmlesson.visualization.figures.probes  # noqa: F401
